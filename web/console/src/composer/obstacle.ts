// Why no answer can be written just now, and what leads out of it.

import type { Conversation, Operator } from "$lib/api/types";
import type { WindowState } from "./replyWindow";

export type Obstacle =
  /** For ever read-only. */
  | "archived"
  /** Reopening leads out. */
  | "closed"
  /** Somebody else holds it; supervisors may answer all the same. */
  | "held"
  /** The channel takes no free messages any more. */
  | "window";

export function obstacleOf(
  conversation: Conversation,
  me: Pick<Operator, "id">,
  supervises: boolean,
  window: WindowState,
): Obstacle | null {
  if (conversation.state === "archived") return "archived";
  if (conversation.state === "closed") return "closed";
  const holder = conversation.assignee?.id;
  if (!waits(conversation) && holder && holder !== me.id && !supervises) return "held";
  return window.name === "closed" ? "window" : null;
}

/** Nobody has taken it: an answer takes it first. */
export function waits(conversation: Conversation): boolean {
  return conversation.state === "new" || conversation.state === "transferred";
}
