// The time in which free messages may be sent on channels that limit it (WhatsApp, Messenger), and how it stands.

import type { Conversation } from "$lib/api/types";

/** Before its end a window is counted down. */
const SOON_MS = 4 * 3_600_000;

export type WindowState =
  /** No limit, or a far one. */
  | { name: "open" }
  /** Free messages may still be written for so long. */
  | { name: "ending"; leftMs: number }
  /** Only answers that a person writes, for so long. */
  | { name: "human"; leftMs: number }
  | { name: "closed" };

export function windowState(window: Conversation["reply_window"], nowMs: number): WindowState {
  if (!window) return { name: "open" };
  const free = window.free_until / 1000 - nowMs;
  if (free > SOON_MS) return { name: "open" };
  if (free > 0) return { name: "ending", leftMs: free };
  const human = window.human_until == null ? 0 : window.human_until / 1000 - nowMs;
  return human > 0 ? { name: "human", leftMs: human } : { name: "closed" };
}
