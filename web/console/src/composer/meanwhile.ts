// Who answered the customer while somebody here was still writing.

import type { Message } from "$lib/api/types";

/** The name of the last colleague who answered after message number `since`; null when nobody did. */
export function answeredMeanwhile(messages: Message[], since: number, me: string): string | null {
  if (since === 0) return null;
  const colleague = messages.findLast(
    (one) => one.number > since && (one.sender_type === "operator" || one.sender_type === "assistant") && one.sender_id !== me && one.kind !== "note" && one.kind !== "system",
  );
  return colleague ? (colleague.sender_name ?? "") : null;
}
