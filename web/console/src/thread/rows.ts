// The messages of a thread as rows on screen: days, the mark of what is unread, albums as one, runs of one author.

import type { Message, Micros } from "$lib/api/types";
import type { Pending } from "$console/state/outbox.svelte";

export interface MessageRow {
  type: "message";
  key: string;
  message: Message;
  /** Further files of the same album. */
  album: Message[];
  /** The first of a run: says who writes. */
  first: boolean;
}

export type Row =
  | { type: "day"; key: string; at: Micros }
  | { type: "unread"; key: string }
  | MessageRow
  | { type: "pending"; key: string; pending: Pending };

/** What one author says within five minutes stands together. */
const RUN_US = 5 * 60 * 1_000_000;
/** Later than that it is said that the message was late. */
const LATE_US = 60 * 1_000_000;

/** Rows of what is stored, oldest first. Unread is what was there between two numbers when the conversation was opened. */
export function rows(messages: readonly Message[], unreadFrom: number | null, unreadTo = Infinity): Row[] {
  const made: Row[] = [];
  let before: MessageRow | undefined;
  let day = "";
  let marked = unreadFrom === null;
  for (const message of messages) {
    const today = dayOf(message.at);
    if (today !== day) {
      made.push({ type: "day", key: `day ${today}`, at: message.at });
      day = today;
      before = undefined;
    }
    if (!marked && message.number >= (unreadFrom ?? 0) && message.number <= unreadTo && message.sender_type === "customer") {
      made.push({ type: "unread", key: "unread" });
      marked = true;
      before = undefined;
    }
    if (before && sameAlbum(before, message)) {
      before.album.push(message);
      continue;
    }
    const row: MessageRow = { type: "message", key: keyOf(message), message, album: [], first: !before || !sameRun(before.message, message) };
    made.push(row);
    before = row;
  }
  return made;
}

/** Rows of what is still on its way to the daemon; what has arrived already is not shown twice. */
export function pendingRows(pending: readonly Pending[], messages: readonly Message[]): Row[] {
  const last = new Set(messages.slice(-200).map((message) => message.client_id));
  return pending.filter((one) => !last.has(one.reply.client_id)).map((one) => ({ type: "pending", key: one.reply.client_id, pending: one }));
}

/** The place of a message among the rows; also when it is part of an album. */
export function indexOf(all: readonly Row[], number: number): number {
  return all.findIndex((row) => row.type === "message" && (row.message.number === number || row.album.some((part) => part.number === number)));
}

/** The same before and after the daemon has stored it, so that a message is not built anew when it is sent. */
function keyOf(message: Message): string {
  return message.client_id && message.sender_type !== "customer" ? message.client_id : message.id;
}

function dayOf(at: Micros): string {
  const date = new Date(at / 1000);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

function sameRun(a: Message, b: Message): boolean {
  return (
    a.sender_type === b.sender_type &&
    (a.sender_id ?? a.sender_name ?? "") === (b.sender_id ?? b.sender_name ?? "") &&
    (a.kind === "note") === (b.kind === "note") &&
    isLine(a) === isLine(b) &&
    b.at - a.at < RUN_US
  );
}

/** What happened, not what somebody said: a centred line. */
export function isLine(message: Message): boolean {
  return message.kind === "system" || message.kind === "action" || (message.sender_type === "system" && message.kind !== "note" && message.status === "none");
}

/** Providers hand over albums file by file. Parts that were changed stand for themselves. */
function sameAlbum(row: MessageRow, message: Message): boolean {
  const album = albumOf(row.message);
  const plain = (one: Message) => !one.deleted_at && !one.edited_at && !one.amendment && one.reactions.length === 0;
  return (
    album !== undefined &&
    album === albumOf(message) &&
    row.message.sender_type === message.sender_type &&
    row.message.status === message.status &&
    plain(row.message) &&
    plain(message)
  );
}

function albumOf(message: Message): string | undefined {
  const album = (message.extra as Record<string, unknown> | null)?.album;
  return typeof album === "string" && album !== "" ? album : undefined;
}

/** Seconds between writing and arriving where they are worth telling, else null. */
export function lateness(message: Message): number | null {
  if (message.sender_type !== "customer" || message.sent_at == null) return null;
  const late = message.at - message.sent_at;
  return late > LATE_US ? late / 1_000_000 : null;
}

export interface ReactionGroup {
  emoji: string;
  count: number;
  /** `customer`, `business` or whoever, each once. */
  actors: string[];
}

/** Equal reactions together, in the order they first came. */
export function reactionGroups(message: Pick<Message, "reactions">): ReactionGroup[] {
  const groups = new Map<string, ReactionGroup>();
  for (const { emoji, actor } of message.reactions) {
    const group = groups.get(emoji) ?? { emoji, count: 0, actors: [] };
    group.count += 1;
    if (!group.actors.includes(actor)) group.actors.push(actor);
    groups.set(emoji, group);
  }
  return [...groups.values()];
}
