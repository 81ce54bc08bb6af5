// The messages of a conversation: each once, in their order, as they are now.

import type { Message } from "../net/types";
import { dayOf } from "../i18n/format";
import type { Up } from "../protocol";

/** Adds what is new and replaces what changed. */
export function merged(known: readonly Message[], told: readonly Message[]): Message[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of told) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.number - b.number);
}

/** Whether it stands on the visitor's side. */
export function isOwn(message: Message): boolean {
  return message.sender_type === "customer";
}

/** The last message that is not the visitor's own. */
export function lastOfOthers(messages: readonly Message[]): Message | undefined {
  return messages.findLast((message) => !isOwn(message) && message.sender_type !== "system");
}

/** How many of others came after a number. */
export function unreadAfter(messages: readonly Message[], number: number): number {
  return messages.filter((message) => message.number > number && !isOwn(message) && message.sender_type !== "system" && !message.deleted_at)
    .length;
}

export interface Row {
  message: Message;
  /** First of its day. */
  newDay: boolean;
  /** First of its sender's turn: shows the name. */
  newTurn: boolean;
}

/** A silence longer than this begins a new turn. */
const TURN_US = 5 * 60 * 1_000_000;

export function rows(messages: readonly Message[]): Row[] {
  return messages.map((message, i) => {
    const before = messages[i - 1];
    const newDay = !before || dayOf(before.at) !== dayOf(message.at);
    const same = before && before.sender_type === message.sender_type && before.sender_name === message.sender_name;
    return { message, newDay, newTurn: newDay || !same || message.at - before.at > TURN_US };
  });
}

/** What the site's page is told of a message. */
export function told(message: Message): Extract<Up, { say: "message" }>["message"] {
  const from = message.sender_type === "assistant" ? "assistant" : "operator";
  return { id: message.id, text: message.text, from, name: message.sender_name ?? null };
}
