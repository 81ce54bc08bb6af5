// Connecting an account: only what the provider takes is kept.

import { api, ok } from "$lib/api/client";
import type { Check, Inbox } from "$lib/api/types";
import type { Kind } from "./kinds/kind";
import type { Settings } from "./settings";

export type Outcome = { inbox: Inbox } | { refused: Check };

/**
 * Makes the inbox and asks the provider at once. Where it does not take what was pasted, the inbox is taken away again,
 * unless it is wanted `anyway`: a server may be away for an hour.
 */
export async function connect(kind: Kind, name: string, settings: Settings, anyway: boolean): Promise<Outcome> {
  const inbox = await ok(api.POST("/api/v1/inboxes", { body: { name, channel: kind.channel as Inbox["channel"], settings } }));
  if (anyway) return { inbox };
  const at = { params: { path: { id: inbox.id } } };
  // Without an answer nothing is known against it; the live test asks again.
  const { checks } = await ok(api.POST("/api/v1/inboxes/{id}/diagnose", at)).catch(() => ({ checks: [] }));
  const refused = refusal(kind, checks);
  if (!refused) return { inbox };
  await ok(api.DELETE("/api/v1/inboxes/{id}", at));
  return { refused };
}

/** The first failed check that what was pasted has to pass. */
export function refusal(kind: Pick<Kind, "proof">, checks: readonly Check[]): Check | undefined {
  return checks.find((check) => check.state === "failed" && kind.proof.includes(check.name));
}
