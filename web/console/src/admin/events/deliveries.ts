// The states of deliveries one looks for, and what can be done in each. The daemon has the last word.

export const DELIVERY_STATES = ["failed", "uncertain", "retry_wait", "queued", "sending", "cancelled", "sent", "delivered", "read"] as const;
export type Way = "retry" | "settle" | "cancel";

/** What a person may do with a delivery in this state. */
export function offers(state: string): Way[] {
  switch (state) {
    case "failed":
      return ["retry", "cancel"];
    case "uncertain":
      return ["settle", "retry", "cancel"];
    case "retry_wait":
      return ["retry", "cancel"];
    case "queued":
      return ["cancel"];
    default:
      return [];
  }
}

export function toneOf(state: string): "good" | "warn" | "bad" | "plain" {
  if (state === "failed") return "bad";
  if (state === "uncertain" || state === "retry_wait") return "warn";
  return ["sent", "delivered", "read"].includes(state) ? "good" : "plain";
}
