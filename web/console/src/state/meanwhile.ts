// Who answered the customer while somebody here was still writing.

import { api, ok } from "$lib/api/client";
import type { Message } from "$lib/api/types";
import { t } from "$console/i18n/index.svelte";
import type { Overtaken } from "./outbox.svelte";

/** How far back a stale answer is looked into. */
const MOST = 100;

/** The name of the last colleague who answered after message number `since`; null when nobody did. */
export function answeredMeanwhile(messages: Message[], since: number, me: string): string | null {
  if (since === 0) return null;
  const colleague = messages.findLast(
    (one) => one.number > since && (one.sender_type === "operator" || one.sender_type === "assistant") && one.sender_id !== me && one.kind !== "note" && one.kind !== "system",
  );
  return colleague ? (colleague.sender_name ?? "") : null;
}

/** Asks the daemon, because after a cut the console may not have heard of it yet. */
export function overtakenFor(me: string): Overtaken {
  return async ({ conversation_id, since = 0, reply }) => {
    const { items } = await ok(api.GET("/api/v1/conversations/{id}/messages", { params: { path: { id: conversation_id }, query: { after: since, limit: MOST } } }));
    // It had arrived, and only the answer to it was lost.
    if (items.some((one) => one.client_id === reply.client_id)) return null;
    const name = answeredMeanwhile(items, since, me);
    return name === null ? null : t("composer.answered_before", { name });
  };
}
