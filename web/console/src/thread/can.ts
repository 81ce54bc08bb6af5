// What can be done with a message, by whom it is, what the channel can do, and who asks.

import type { Message } from "$lib/api/types";
import type { Desk } from "$console/state/desk.svelte";
import { isLine } from "./rows";
import type { Abilities } from "./shared.svelte";

export interface Can {
  reply: boolean;
  react: boolean;
  edit: boolean;
  takeBack: boolean;
}

/** It has left the house: there is something at the provider that can be changed. */
const SENT = ["sent", "delivered", "read"];
/** Kinds whose text can be another one. */
const WITH_TEXT = ["text", "article", "image", "audio", "video", "file"];

export function can(message: Message, desk: Pick<Desk, "acts" | "me">, abilities: Abilities): Can {
  const alive = desk.acts && !message.deleted_at && !isLine(message);
  const note = message.kind === "note";
  const ours = message.sender_type === "operator" || message.sender_type === "assistant";
  const there = message.sender_type === "customer" || SENT.includes(message.status);
  const ownNote = note && message.sender_id === desk.me.id;
  return {
    reply: alive && !note && there,
    react: alive && !note && there && abilities.reactions === true,
    edit: alive && (note ? ownNote : ours && SENT.includes(message.status) && abilities.edits === true && message.text !== "" && WITH_TEXT.includes(message.kind)),
    takeBack: alive && (note ? ownNote : ours && SENT.includes(message.status) && abilities.deletes === true),
  };
}
