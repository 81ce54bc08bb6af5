// What is known of the one conversation that is shown: its state, its messages, and how far they have been seen.

import type { Joined, Message, Session } from "../net/types";
import { isOwn, merged, unreadAfter } from "./messages";
import type { Storage } from "./storage";

/** Messages that one answer of the daemon holds at most. */
export const AT_ONCE = 50;

export class Thread {
  session = $state.raw<Session | null>(null);
  messages = $state.raw<Message[]>([]);
  /** There may be messages before the first one. */
  hasOlder = $state.raw(false);
  /** Number of the last message the visitor has seen; what comes after it is unread. */
  seen = $state.raw(0);
  unread = $derived(unreadAfter(this.messages, this.seen));
  over = $derived(this.session?.state === "closed" || this.session?.state === "archived");
  /** Own messages up to this number have been read: whoever answers has read. */
  readUpTo = $derived(Math.max(this.session?.operator_seen ?? 0, this.messages.findLast((message) => message.sender_type === "operator")?.number ?? 0));
  /** Event number up to which this is complete; nothing: ask for a fresh start. */
  after: number | undefined;

  constructor(private readonly storage: Storage) {}

  /** Lets go of the conversation. */
  clear(): void {
    this.session = null;
    this.messages = [];
    this.hasOlder = false;
    this.seen = 0;
    this.after = undefined;
  }

  /** Begins with the newest messages, whatever was known. */
  fresh({ session, messages }: Joined): void {
    const first = this.messages.length === 0;
    this.messages = messages;
    this.hasOlder = (messages[0]?.number ?? 1) > 1 && messages.length >= AT_ONCE;
    if (first) this.seen = Math.max(this.seen, this.#seenBefore(session.id));
  }

  /** Adds what is new and replaces what changed; answers what others have written since. */
  add(messages: readonly Message[]): Message[] {
    const last = this.messages.at(-1)?.number ?? 0;
    this.messages = merged(this.messages, messages);
    return messages.filter((message) => message.number > last && !isOwn(message) && !message.deleted_at);
  }

  /** Puts what came before in front. */
  addOlder(messages: readonly Message[], more: boolean): void {
    this.messages = merged(this.messages, messages);
    this.hasOlder = more;
  }

  /** Takes what has changed of the conversation's state; true when this ended it. */
  change(session: Session): boolean {
    const ended = !this.over && session.state === "closed";
    this.session = { ...this.session, ...session };
    return ended;
  }

  operatorSaw(number: number): void {
    if (this.session) this.session = { ...this.session, operator_seen: Math.max(this.readUpTo, number) };
  }

  visitorSaw(number: number): void {
    if (!(number > this.seen) || !this.session) return;
    this.seen = number;
    this.storage.set("seen", { session_id: this.session.id, number });
  }

  /** Events come with their number. */
  advance(seq: unknown): void {
    const number = Number(seq);
    if (number > (this.after ?? 0)) this.after = number;
  }

  #seenBefore(sessionId: string): number {
    const seen = this.storage.get<{ session_id: string; number: number }>("seen");
    return seen?.session_id === sessionId ? seen.number : 0;
  }
}
