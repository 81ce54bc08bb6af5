// How long somebody has waited for an answer, and how bad that is: told by icon and words, never by colour alone.

import type { Conversation } from "$lib/api/types";

export type Pressure = "calm" | "warn" | "breach";

export interface Wait {
  seconds: number;
  pressure: Pressure;
}

/** From the oldest message of the customer that nobody has answered; null when it is the customer's turn. */
export function waitOf(conversation: Conversation, nowMs: number, limits: { warn_after_s: number; breach_after_s: number }): Wait | null {
  const since = conversation.waiting_since;
  if (since == null) return null;
  const seconds = Math.max(0, Math.floor(nowMs / 1000 - since / 1_000_000));
  const pressure = seconds >= limits.breach_after_s ? "breach" : seconds >= limits.warn_after_s ? "warn" : "calm";
  return { seconds, pressure };
}
