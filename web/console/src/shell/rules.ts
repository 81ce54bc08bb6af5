// Whom an operator wants to hear of.

import type { Conversation } from "$lib/api/types";
import type { Scope } from "$console/state/preferences.svelte";

/** Whether a rule covers a conversation. Who waits in the queue is everybody's. */
export function covers(scope: Scope, conversation: Pick<Conversation, "assignee" | "team" | "state">, me: string, teams: string[]): boolean {
  if (scope === "off") return false;
  if (scope === "everything") return true;
  const mine = conversation.assignee?.id === me || (!conversation.assignee && conversation.state === "new");
  return mine || (scope === "team" && conversation.team != null && teams.includes(conversation.team.id));
}
