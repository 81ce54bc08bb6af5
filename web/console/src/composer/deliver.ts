// Gives an answer to the outbox; takes the conversation first when nobody has.

import type { Conversation, NewReply } from "$lib/api/types";
import { accept } from "$console/state/actions";
import type { Desk } from "$console/state/desk.svelte";
import { toasts } from "$console/state/toasts.svelte";
import { waits } from "./obstacle";

/** Whether it is on its way; if not, why has been told. */
export async function deliver(desk: Desk, conversation: Conversation, reply: Omit<NewReply, "client_id">): Promise<boolean> {
  if (reply.kind !== "note" && waits(conversation) && !(await accept(desk, conversation.id))) return false;
  try {
    desk.outbox.send(conversation.id, reply, desk.conversations.get(conversation.id)?.last_number);
    return true;
  } catch (error) {
    toasts.failed(error);
    return false;
  }
}
