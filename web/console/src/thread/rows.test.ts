import { describe, expect, test } from "vitest";
import type { Message } from "$lib/api/types";
import { indexOf, lateness, pendingRows, reactionGroups, rows } from "./rows";

const NOON = new Date(2026, 5, 10, 12).getTime() * 1000;
const MINUTE = 60_000_000;

function message(number: number, change: Partial<Message> = {}): Message {
  return {
    id: `m${number}`, number, conversation_id: "c", kind: "text", text: "x", sender_type: "customer", sender_id: "ann", status: "received",
    at: NOON + number * 1000, attachments: [], reactions: [], automatic: false, extra: {} as never, has_full_text: false, has_html: false, ...change,
  };
}

const shape = (messages: Message[], unread: number | null = null) =>
  rows(messages, unread).map((row) => (row.type === "message" ? `${row.first ? "" : "+"}${[row.message, ...row.album].map((one) => one.number).join("&")}` : row.type));

describe("rows", () => {
  test("one author's messages stand together for a while", () => {
    const messages = [message(1), message(2), message(3, { sender_type: "operator", sender_id: "bob" }), message(4), message(5, { at: NOON + 6 * MINUTE })];
    expect(shape(messages)).toEqual(["day", "1", "+2", "3", "4", "5"]);
  });

  test("a note and what happened stand apart", () => {
    const mine = { sender_type: "operator", sender_id: "bob" } as const;
    expect(shape([message(1, mine), message(2, { ...mine, kind: "note" }), message(3, { ...mine, kind: "system" })])).toEqual(["day", "1", "2", "3"]);
  });

  test("each day has its mark", () => {
    expect(shape([message(1), message(2, { at: NOON + 24 * 60 * MINUTE })])).toEqual(["day", "1", "day", "2"]);
  });

  test("what is unread begins with a customer's message", () => {
    const own = { sender_type: "operator", sender_id: "bob" } as const;
    expect(shape([message(1), message(2, own), message(3), message(4)], 2)).toEqual(["day", "1", "2", "unread", "3", "+4"]);
    expect(shape([message(1), message(2, own)], 2)).toEqual(["day", "1", "2"]);
    // What came while one was reading is not marked.
    expect(rows([message(1), message(2, own), message(3)], 2, 2).map((row) => row.type)).not.toContain("unread");
  });

  test("albums are one until a part of them changes", () => {
    const part = { extra: { album: "a" } as never };
    expect(shape([message(1, part), message(2, part), message(3)])).toEqual(["day", "1&2", "+3"]);
    expect(shape([message(1, part), message(2, { ...part, deleted_at: NOON })])).toEqual(["day", "1", "+2"]);
    const all = rows([message(1, part), message(2, part)], null);
    expect(indexOf(all, 2)).toBe(1);
    expect(indexOf(all, 9)).toBe(-1);
  });

  test("an answer keeps its place when the daemon has stored it", () => {
    const reply = { client_id: "k", text: "x" } as never;
    const pending = [{ conversation_id: "c", reply, at: 0 }];
    expect(pendingRows(pending, []).map((row) => row.key)).toEqual(["k"]);
    const stored = message(1, { client_id: "k", sender_type: "operator", sender_id: "bob" });
    expect(pendingRows(pending, [stored])).toEqual([]);
    expect(rows([stored], null).at(-1)?.key).toBe("k");
  });
});

test("a message is late when it took more than a minute", () => {
  expect(lateness(message(1, { sent_at: NOON }))).toBeNull();
  expect(lateness(message(1, { at: NOON, sent_at: NOON - 2 * MINUTE }))).toBe(120);
  expect(lateness(message(1, { at: NOON, sent_at: NOON + 2 * MINUTE }))).toBeNull();
  expect(lateness(message(1, { at: NOON, sent_at: NOON - 2 * MINUTE, sender_type: "operator" }))).toBeNull();
});

test("equal reactions are counted together", () => {
  const reactions = [{ emoji: "👍", actor: "customer:1" }, { emoji: "🔥", actor: "operator:b" }, { emoji: "👍", actor: "operator:a" }];
  expect(reactionGroups({ reactions })).toEqual([
    { emoji: "👍", count: 2, actors: ["customer:1", "operator:a"] },
    { emoji: "🔥", count: 1, actors: ["operator:b"] },
  ]);
});
