import { beforeEach, expect, test, vi } from "vitest";
import type { Conversation, Message } from "$lib/api/types";
import type { LoggedEvents } from "./events";

const get = vi.hoisted(() => vi.fn());
vi.mock("$lib/api/client", () => ({ api: { GET: get }, ok: async (answer: Promise<unknown>) => answer }));

const { Conversations, unread } = await import("./conversations.svelte");

const known = (id: string, tags: string[] = []) =>
  ({ id, tags, last_number: 1, customer_seen: 0, operator_seen: 0, operator_read: 0, contact: { id: `of-${id}`, name: "Ann" } }) as unknown as Conversation;
const said = (id: string, number: number, more: Partial<Message> = {}) =>
  ({ at: number, message: { id: `m${number}`, conversation_id: id, number, at: number, text: `t${number}`, sender_type: "customer", kind: "text", ...more } }) as LoggedEvents["chat:new_message"];

/** An answer that comes when it is told to. */
function later<T>() {
  let give: (value: T) => void = () => undefined;
  const answer = new Promise<T>((resolve) => (give = resolve));
  return { answer, give };
}

beforeEach(() => void get.mockReset());

test("an answer older than an event is not taken", () => {
  const all = new Conversations();
  all.told(known("a"));
  const asked = all.moment;
  all.told(known("a", ["vip"]));
  all.answered(known("a"), asked);
  expect(all.get("a")?.tags).toEqual(["vip"]);
  all.answered(known("a", ["new"]), all.moment);
  expect(all.get("a")?.tags).toEqual(["new"]);
  expect(all.written(known("a", ["old"]), asked).tags).toEqual(["new"]);
});

test("what happens to an unknown conversation while it is asked for makes it be asked for again", async () => {
  const all = new Conversations();
  const [first, second] = [later<Conversation>(), later<Conversation>()];
  get.mockReturnValueOnce(first.answer).mockReturnValueOnce(second.answer);
  const asked = all.fetch("a");
  expect(all.fetch("a")).toBe(asked);
  expect(all.said(said("a", 2))).toBeUndefined();
  first.give(known("a"));
  second.give({ ...known("a"), last_number: 2 });
  expect((await asked).last_number).toBe(2);
  expect(get).toHaveBeenCalledTimes(2);
});

test("one that never rests is shown all the same", async () => {
  const all = new Conversations();
  get.mockImplementation(async () => {
    all.said(said("a", 2));
    return known("a");
  });
  expect((await all.fetch("a")).id).toBe("a");
  expect(get).toHaveBeenCalledTimes(3);
});

test("notes and the daemon's own lines are not the last message, and an edit finds its message behind them", () => {
  const all = new Conversations();
  all.told(known("a"));
  all.said(said("a", 2));
  all.said(said("a", 3, { kind: "note", sender_type: "operator" }));
  all.said(said("a", 4, { kind: "system", sender_type: "system" }));
  expect(all.get("a")).toMatchObject({ last_number: 4, updated_at: 2, last_message: { text: "t2" } });
  all.edited({ ...said("a", 2).message, text: "better" });
  expect(all.get("a")?.last_message?.text).toBe("better");
  all.edited({ ...said("a", 1).message, text: "other" });
  expect(all.get("a")?.last_message?.text).toBe("better");
});

test("after a reset what was known stays until it is renewed or let go", async () => {
  const all = new Conversations();
  for (const id of ["a", "b"]) all.told(known(id));
  const before = all.moment;
  const letGo = all.expire();
  expect(all.get("b")?.id).toBe("b");
  // Asked before the reset: too old.
  all.answered(known("a", ["old"]), before);
  expect(all.get("a")?.tags).toEqual([]);
  all.answered(known("a", ["new"]), all.moment);
  letGo();
  expect(all.get("a")?.tags).toEqual(["new"]);
  expect(all.get("b")).toBeUndefined();
});

test("the ones not looked at for longest are let go", () => {
  const all = new Conversations(2);
  all.told(known("a"));
  all.told(known("b"));
  all.get("a");
  all.told(known("c"));
  expect(["a", "b", "c"].filter((id) => all.get(id))).toEqual(["a", "c"]);
});

test("what was marked unread counts although it was answered, until it is seen again", () => {
  const all = new Conversations();
  const answered = { ...known("a"), last_number: 3, operator_seen: 3, operator_read: 3, last_message: { sender_type: "operator" } } as Conversation;
  all.told(answered);
  expect(unread(answered)).toBe(0);
  all.told({ ...answered, operator_seen: 1 });
  expect(unread(all.get("a") as Conversation)).toBe(1);
  all.seen({ session_id: "a", sender_type: "operator", number: 4 } as LoggedEvents["chat:seen"]);
  expect(all.get("a")).toMatchObject({ operator_seen: 4, operator_read: 4 });
  expect(unread(all.get("a") as Conversation)).toBe(0);
});

test("who answers has read what came before; an echo of another hand has not", () => {
  const all = new Conversations();
  all.told(known("a"));
  all.said(said("a", 2));
  all.said(said("a", 3, { sender_type: "operator" }));
  expect(all.get("a")?.operator_seen).toBe(0);
  all.said(said("a", 4, { sender_type: "operator", sender_id: "ann" }));
  all.said(said("a", 5));
  expect(all.get("a")).toMatchObject({ operator_seen: 4, operator_read: 4 });
  expect(unread(all.get("a") as Conversation)).toBe(1);
});
