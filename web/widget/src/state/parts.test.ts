// The small parts of the chat: what is typed, what is reached, what is told, what a conversation begins with.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Message } from "../net/types";
import { Beginning } from "./beginning";
import { Connection } from "./connection.svelte";
import { Drafts } from "./drafts.svelte";
import type { Draft } from "./outbox";
import { Receipts } from "./receipts";
import { Storage } from "./storage";
import { Thread } from "./thread.svelte";
import { Typing } from "./typing.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("shows who writes until they stop telling", () => {
  const typing = new Typing();
  typing.shows("Ann");
  vi.advanceTimersByTime(4_900);
  typing.shows("Ann");
  vi.advanceTimersByTime(4_900);
  expect(typing.typist).toBe("Ann");
  vi.advanceTimersByTime(200);
  expect(typing.typist).toBeNull();
});

it("tells that the visitor writes every few seconds, and at once after they have sent", () => {
  const typing = new Typing();
  expect([typing.tells(), typing.tells()]).toEqual([true, false]);
  vi.advanceTimersByTime(3_000);
  expect(typing.tells()).toBe(true);
  typing.said();
  expect(typing.tells()).toBe(true);
});

it("bothers nobody with a line that comes back at once", () => {
  const connection = new Connection();
  connection.down(100);
  vi.advanceTimersByTime(1_400);
  connection.up();
  vi.advanceTimersByTime(5_000);
  expect(connection.cut).toBe(false);
  connection.down(100);
  vi.advanceTimersByTime(1_000);
  connection.down(200);
  vi.advanceTimersByTime(600);
  expect([connection.connected, connection.cut], "counted from the first").toEqual([false, true]);
});

it("begins with what was chosen and told, and forgets each in its time", () => {
  vi.stubGlobal("navigator", { userAgent: "x".repeat(400) });
  const beginning = new Beginning();
  beginning.choose({ subject: "Tea" });
  beginning.choose({ answers: { topic: "blue" } });
  beginning.attributes = { plan: "pro" };
  for (let i = 0; i < 25; i++) beginning.track(`e${i}`);
  const body = beginning.body() as { subject?: string; answers: object; metadata: { attributes: object; events: { name: string }[]; browser: string } };
  expect([body.subject, body.answers, body.metadata.attributes]).toEqual(["Tea", { topic: "blue" }, { plan: "pro" }]);
  expect(body.metadata.events.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, i) => `e${i + 5}`));
  expect(body.metadata.browser).toHaveLength(300);
  beginning.unchoose();
  expect(beginning.body()).toMatchObject({ subject: undefined, answers: {}, metadata: { attributes: { plan: "pro" } } });
  beginning.forget();
  expect((beginning.body() as typeof body).metadata).toEqual({ attributes: {}, browser: "x".repeat(300) });
});

it("keeps the drafts of other tabs beside its own", () => {
  const storage = new Storage("trunkline.i");
  const draft = (client_id: string): Draft => ({ client_id, text: "", files: [], session_id: null, at: 0 });
  const [one, two] = [new Drafts(storage), new Drafts(storage)];
  one.keep([draft("a")]);
  two.keep([draft("b")]);
  expect(two.list.map(({ client_id }) => client_id)).toEqual(["b"]);
  expect(new Drafts(storage).list.map(({ client_id }) => client_id)).toEqual(["a", "b"]);
  one.keep([]);
  expect(new Drafts(storage).list.map(({ client_id }) => client_id)).toEqual(["b"]);
});

it("tells once that the last answer has come, and that it was seen only while it is before somebody's eyes", () => {
  const page = { hidden: false };
  vi.stubGlobal("document", page);
  const told: unknown[][] = [];
  const thread = new Thread(new Storage("trunkline.i"));
  const receipts = new Receipts(thread, (...hint) => told.push(hint));
  const answer = { id: "m1", number: 1, sender_type: "operator", kind: "text", text: "", at: 0 } as Message;
  thread.session = { id: "s", state: "active" };
  thread.messages = [answer];
  receipts.delivered();
  receipts.delivered();
  receipts.seen();
  page.hidden = true;
  receipts.show(true);
  receipts.seen();
  expect(told).toEqual([["chat:delivered", { session_id: "s", message_id: "m1" }]]);
  page.hidden = false;
  receipts.seen();
  receipts.seen();
  expect(told.slice(1)).toEqual([["chat:seen", { session_id: "s", number: 1 }]]);
  expect(thread.unread).toBe(0);
});
