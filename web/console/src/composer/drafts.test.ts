import { beforeEach, expect, test } from "vitest";
import type { Upload } from "$lib/api/types";
import { Memory } from "$lib/memory";
import { Drafts, KEPT_MS, type Draft } from "./drafts";

const file = { id: "u", name: "a.png", content_type: "image/png", size: 1, created_at: 0 } as Upload;
const draft = (text: string, files: Upload[] = []): Draft => ({ text, files, missing: [], since: 3 });

let storage: Memory;
let now: number;
const open = () => new Drafts(storage, () => now);

beforeEach(() => {
  storage = new Memory();
  now = 1_700_000_000_000;
});

test("the head of a mail is kept with its words, and left out where it is none", () => {
  const mail = { subject: "Your order", cc: "carl@example.com" };
  open().put("c1", "reply", { ...draft("Hello"), mail });
  expect(open().get("c1", "reply")?.mail).toEqual(mail);
  open().put("c2", "reply", { ...draft("Hello"), mail: { subject: 5 } as never });
  expect(open().get("c2", "reply")).toEqual(draft("Hello"));
});

test("answers and notes of each conversation are apart, and survive a reload", () => {
  open().put("c1", "reply", draft("Hello"));
  open().put("c1", "note", draft("Careful"));
  expect(open().get("c1", "reply")).toEqual(draft("Hello"));
  expect(open().get("c1", "note")).toEqual(draft("Careful"));
  expect(open().get("c2", "reply")).toBeNull();
});

test("nothing written is no draft", () => {
  const drafts = open();
  drafts.put("c1", "reply", draft("Hello"));
  expect(drafts.put("c1", "note", draft("  \n")), "nothing instead of nothing").toBe(false);
  drafts.put("c1", "reply", draft("  \n"));
  expect(drafts.get("c1", "reply")).toBeNull();
  const change = drafts.due("c1", "reply");
  expect(change, "the daemon is told").toMatchObject({ draft: null });
  drafts.told("c1", "reply", change?.at ?? 0, null);
  expect(storage.length).toBe(0);
});

test("a draft is kept for fifteen days, its files shorter", () => {
  open().put("c1", "reply", draft("Hello", [file]));
  now += 3_600_000;
  expect(open().get("c1", "reply")?.files).toEqual([file]);
  now += 86_400_000;
  expect(open().get("c1", "reply")).toEqual(draft("Hello"));
  now += KEPT_MS;
  expect(open().get("c1", "reply")).toBeNull();
  expect(storage.length).toBe(0);
});

test("what cannot be read is thrown away, what is somebody else's is left", () => {
  storage.setItem("trunkline.draft.reply.c1", "{");
  storage.setItem("other", "{");
  expect(open().get("c1", "reply")).toBeNull();
  expect(storage.key(0)).toBe("other");
});

test("a full browser is no reason to fail", () => {
  storage.setItem = () => {
    throw new Error("quota");
  };
  expect(() => open().put("c1", "reply", draft("Hello"))).not.toThrow();
});

test("the daemon is told of a change once, and of one made meanwhile as well", () => {
  const drafts = open();
  expect(drafts.put("c1", "reply", draft("Hello"))).toBe(true);
  expect(drafts.put("c1", "reply", { ...draft("Hello"), since: 9 }), "nothing was written").toBe(false);
  const first = drafts.due("c1", "reply");
  drafts.put("c1", "reply", draft("Hello Ann"));
  drafts.told("c1", "reply", first?.at ?? 0, 100);
  const second = drafts.due("c1", "reply");
  expect(second?.draft?.text).toBe("Hello Ann");
  drafts.told("c1", "reply", second?.at ?? 0, 200);
  expect(drafts.due("c1", "reply")).toBeNull();
  drafts.told("c2", "reply", 1, 1);
  expect(drafts.get("c2", "reply")).toBeNull();
});

test("what another browser wrote or sent counts where nothing is left to be told", () => {
  const drafts = open();
  const theirs = (text: string, updated_at: number) => ({ value: draft(text), updated_at: now * 1_000 + updated_at });
  expect(drafts.take("c1", "reply", theirs("There", 1))).toBe(true);
  expect(drafts.take("c1", "reply", theirs("There", 1)), "known").toBe(false);
  expect(drafts.get("c1", "reply")).toEqual(draft("There"));
  drafts.put("c1", "reply", draft("Here"));
  expect(drafts.take("c1", "reply", theirs("There, later", 2)), "what is written here goes first").toBe(false);
  drafts.told("c1", "reply", drafts.due("c1", "reply")?.at ?? 0, 3);
  expect(drafts.take("c1", "reply", null), "sent elsewhere").toBe(true);
  expect(drafts.get("c1", "reply")).toBeNull();
  expect(drafts.take("c1", "reply", null)).toBe(false);
  drafts.take("c1", "note", { value: { text: 7 }, updated_at: 5 });
  expect(drafts.get("c1", "note"), "not a draft of ours").toBeNull();
});

test("a draft of before it was shared is told", () => {
  storage.setItem("trunkline.draft.reply.c1", JSON.stringify({ ...draft("Hello"), at: now }));
  expect(open().due("c1", "reply")?.draft).toEqual(draft("Hello"));
});
