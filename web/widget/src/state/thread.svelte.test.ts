import { beforeEach, expect, it } from "vitest";
import type { Joined, Message, Session } from "../net/types";
import { Storage } from "./storage";
import { Thread } from "./thread.svelte";

const session: Session = { id: "s", state: "active" };
const message = (number: number, more: Partial<Message> = {}): Message => ({
  id: `m${number}`,
  conversation_id: "s",
  number,
  sender_type: "operator",
  kind: "text",
  text: "",
  at: number,
  ...more,
});
const joined = (messages: Message[]): Joined => ({ session, messages, events: [], seq: 1 });
let storage: Storage;
let thread: Thread;

beforeEach(() => {
  storage = new Storage("trunkline.i");
  thread = new Thread(storage);
  thread.session = session;
});

it("tells what others have written since, once", () => {
  thread.fresh(joined([message(1)]));
  const news = thread.add([message(1), message(2), message(3, { sender_type: "customer" }), message(4, { deleted_at: 5 })]);
  expect(news.map(({ number }) => number)).toEqual([2]);
  expect(thread.add([message(2, { text: "edited" })])).toEqual([]);
  expect(thread.messages.map(({ text }) => text)).toEqual(["", "edited", "", ""]);
});

it("finds on the next visit what was seen on this one, of this conversation alone", () => {
  thread.fresh(joined([message(1), message(2)]));
  expect(thread.unread).toBe(2);
  thread.visitorSaw(2);
  thread.visitorSaw(1);
  const next = new Thread(storage);
  next.session = session;
  next.fresh(joined([message(2), message(3)]));
  expect([next.seen, next.unread]).toEqual([2, 1]);
  const other = new Thread(storage);
  other.fresh({ ...joined([message(1)]), session: { ...session, id: "other" } });
  expect(other.seen).toBe(0);
});

it("may have older messages only where a full answer begins later than the first", () => {
  const many = Array.from({ length: 50 }, (_, i) => message(i + 2));
  thread.fresh(joined(many));
  expect(thread.hasOlder).toBe(true);
  thread.addOlder([message(1)], false);
  expect([thread.hasOlder, thread.messages[0]?.number]).toEqual([false, 1]);
  thread.fresh(joined(many.slice(1)));
  expect(thread.hasOlder).toBe(false);
});

it("tells that it has ended, once, and that an answer means that what was before it is read", () => {
  thread.fresh(joined([message(1, { sender_type: "customer" }), message(2)]));
  expect(thread.readUpTo).toBe(2);
  thread.operatorSaw(1);
  expect(thread.session?.operator_seen, "never backwards").toBe(2);
  expect(thread.change({ id: "s", state: "closed" })).toBe(true);
  expect(thread.change({ id: "s", state: "closed" })).toBe(false);
  expect(thread.over).toBe(true);
});

it("counts events forwards, and not what has no number", () => {
  thread.advance("7");
  thread.advance(5);
  thread.advance(undefined);
  expect(thread.after).toBe(7);
  thread.clear();
  expect([thread.after, thread.session, thread.messages]).toEqual([undefined, null, []]);
});
