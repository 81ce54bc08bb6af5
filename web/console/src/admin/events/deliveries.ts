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

interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

/** What a person must look at, as one list: first all that failed, then all that is in doubt. */
export async function troubled<T>(ask: (state: "failed" | "uncertain", cursor: string | undefined) => Promise<Page<T>>, cursor: string | undefined): Promise<Page<T>> {
  const inDoubt = cursor?.startsWith("uncertain ") ?? false;
  const state = inDoubt ? "uncertain" : "failed";
  const page = await ask(state, cursor?.slice(state.length + 1));
  if (page.next_cursor) return { items: page.items, next_cursor: `${state} ${page.next_cursor}` };
  if (inDoubt) return page;
  const rest = await ask("uncertain", undefined);
  return { items: [...page.items, ...rest.items], next_cursor: rest.next_cursor ? `uncertain ${rest.next_cursor}` : null };
}
