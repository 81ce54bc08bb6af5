// What the live test of a channel says, from what has been seen.

import type { Inbox, Message } from "$lib/api/types";

/** A phone's clock may be behind: what came in counts by when it came in here, and this much before. */
export const SLACK_US = 2_000_000;

export type StepState = "done" | "waiting" | "failed" | "open";

/** What the test has seen. */
export interface Seen {
  inbox: Inbox;
  inbound: Message | null;
  answer: Message | null;
}

/** The state of each step, from what has been seen. */
export function steps({ inbox, inbound, answer }: Seen): { connected: StepState; inbound: StepState; answer: StepState; delivered: StepState } {
  const line = inbox.health.state;
  return {
    connected: line === "connected" ? "done" : line === "connecting" ? "waiting" : "failed",
    inbound: inbound ? "done" : "waiting",
    answer: answer ? (answer.status === "failed" || answer.status === "cancelled" ? "failed" : answer.status === "queued" ? "waiting" : "done") : inbound ? "waiting" : "open",
    delivered: answer && (answer.status === "delivered" || answer.status === "read") ? "done" : answer ? "waiting" : "open",
  };
}

/** How long a message took from the provider's clock to ours, in seconds; null where the provider does not say. */
export function latency(message: Message): number | null {
  if (message.sent_at == null) return null;
  // Providers count whole seconds and clocks differ: it is never told to have come before it was sent.
  return Math.max(0, (message.at - message.sent_at) / 1_000_000);
}

/** The first of a customer since then, and our answer to it. */
export function pick(messages: readonly Message[], since: number): { inbound: Message | null; answer: Message | null } {
  const inbound = messages.find((one) => one.sender_type === "customer" && one.at >= since - SLACK_US) ?? null;
  const answer = inbound ? (messages.findLast((one) => one.sender_type === "operator" && one.kind !== "note" && one.number > inbound.number) ?? null) : null;
  return { inbound, answer };
}
