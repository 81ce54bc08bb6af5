import { describe, expect, test } from "vitest";
import type { Message } from "$lib/api/types";
import { can } from "./can";

const everything = { edits: true, deletes: true, reactions: true };
const desk = { acts: true, me: { id: "me" } as never };
const message = (change: Partial<Message> = {}) =>
  ({ kind: "text", text: "x", sender_type: "operator", sender_id: "me", status: "sent", deleted_at: null, extra: {}, ...change }) as Message;
const told = (change: Partial<Message>, abilities = everything, who = desk) =>
  Object.entries(can(message(change), who, abilities)).filter(([, may]) => may).map(([what]) => what);

describe("what can be done with a message", () => {
  test("a customer's is answered and reacted to", () => {
    expect(told({ sender_type: "customer", sender_id: "ann", status: "received" })).toEqual(["reply", "react"]);
    expect(told({ sender_type: "customer", status: "received" }, { ...everything, reactions: false })).toEqual(["reply"]);
  });

  test("ours is changed and taken back where the channel can, once it has been sent", () => {
    expect(told({})).toEqual(["reply", "react", "edit", "takeBack"]);
    expect(told({ status: "queued" })).toEqual([]);
    expect(told({ status: "failed" })).toEqual([]);
    expect(told({}, { edits: false, deletes: false, reactions: false })).toEqual(["reply"]);
    expect(told({ text: "" })).toEqual(["reply", "react", "takeBack"]);
    expect(told({ kind: "template" })).toEqual(["reply", "react", "takeBack"]);
  });

  test("a note belongs to whom wrote it", () => {
    const note = { kind: "note", status: "none" } as const;
    expect(told(note)).toEqual(["edit", "takeBack"]);
    expect(told({ ...note, sender_id: "ann" })).toEqual([]);
  });

  test("nothing with what is gone, what only happened, or by who only looks", () => {
    expect(told({ deleted_at: 5 })).toEqual([]);
    expect(told({ kind: "system", sender_type: "system", status: "none" })).toEqual([]);
    expect(told({}, everything, { ...desk, acts: false })).toEqual([]);
  });
});
