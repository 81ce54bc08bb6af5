// What a role may do here. The daemon decides; this only spares people buttons that would be refused.

import type { Role } from "$lib/api/types";

const MAY = {
  /** Inboxes, operators, teams. */
  manage: ["admin"],
  /** The doctor of a channel, replays. */
  supervise: ["supervisor", "admin"],
  /** Raw events, and who works here. */
  oversee: ["supervisor", "admin", "auditor"],
  /** Anything that changes something. */
  act: ["operator", "supervisor", "admin"],
} satisfies Record<string, Role[]>;

export function may(role: string, what: keyof typeof MAY): boolean {
  return (MAY[what] as string[]).includes(role);
}
