import { expect, it } from "vitest";
import type { Message } from "../net/types";
import { lastOfOthers, merged, rows, unreadAfter } from "./messages";

const MINUTE = 60_000_000;
const NOON = Date.UTC(2026, 0, 5, 12) * 1000;

function message(number: number, sender: Message["sender_type"], more: Partial<Message> = {}): Message {
  return { id: `m${number}`, conversation_id: "c", number, sender_type: sender, sender_name: sender, kind: "text", text: "x", at: NOON + number * MINUTE, ...more };
}

it("has each message once, as it was told last, in its order", () => {
  const known = [message(1, "customer"), message(3, "operator")];
  const told = [message(2, "customer"), message(3, "operator", { text: "mended", edited_at: 1 })];
  const all = merged(known, told);
  expect(all.map((one) => [one.number, one.text])).toEqual([
    [1, "x"],
    [2, "x"],
    [3, "mended"],
  ]);
  expect(merged(all, told)).toEqual(all);
});

it("counts what others said and did not take back", () => {
  const all = [message(1, "operator"), message(2, "customer"), message(3, "operator", { deleted_at: 1 }), message(4, "system"), message(5, "assistant")];
  expect([0, 1, 5].map((seen) => unreadAfter(all, seen))).toEqual([2, 1, 0]);
  expect(lastOfOthers(all)?.number).toBe(5);
  expect(lastOfOthers([message(1, "customer"), message(2, "system")])).toBeUndefined();
});

it("begins a turn with another sender, after a silence, and on another day", () => {
  const day = 24 * 60 * MINUTE;
  const all = [message(1, "operator"), message(2, "operator"), message(3, "customer"), message(4, "customer", { at: NOON + 20 * MINUTE }), message(5, "customer", { at: NOON + day })];
  expect(rows(all).map((row) => [row.newDay, row.newTurn])).toEqual([
    [true, true],
    [false, false],
    [false, true],
    [false, true],
    [true, true],
  ]);
});
