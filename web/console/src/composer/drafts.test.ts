import { beforeEach, expect, test } from "vitest";
import type { Upload } from "$lib/api/types";
import { Drafts, KEPT_MS, type Draft } from "./drafts";

class Memory implements Storage {
  #items = new Map<string, string>();
  get length() {
    return this.#items.size;
  }
  key = (i: number) => [...this.#items.keys()][i] ?? null;
  getItem = (name: string) => this.#items.get(name) ?? null;
  setItem = (name: string, value: string) => void this.#items.set(name, value);
  removeItem = (name: string) => void this.#items.delete(name);
  clear = () => this.#items.clear();
}

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
  drafts.put("c1", "reply", draft("  \n"));
  expect(drafts.get("c1", "reply")).toBeNull();
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
