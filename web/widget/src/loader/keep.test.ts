import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepFor } from "./keep";

/** As browsers have it: what is stored are its own properties. */
class Stored {
  getItem(name: string) {
    return (this as unknown as Record<string, string>)[name] ?? null;
  }
  setItem(name: string, text: string) {
    (this as unknown as Record<string, string>)[name] = text;
  }
  removeItem(name: string) {
    delete (this as unknown as Record<string, string>)[name];
  }
}
let hear: (event: { key: string | null; newValue: string | null }) => void;
let stored: Stored;

beforeEach(() => {
  stored = new Stored();
  vi.stubGlobal("localStorage", stored);
  vi.stubGlobal("addEventListener", (_: string, handler: typeof hear) => (hear = handler));
});
afterEach(() => void vi.unstubAllGlobals());

it("keeps what is of its inbox, and touches nothing else of the site", () => {
  stored.setItem("cart", "1 tea");
  const [one, two] = [keepFor("one"), keepFor("two")];
  one.put("token", '"a"');
  one.put("seen", "3");
  two.put("token", '"b"');
  expect(one.all()).toEqual({ token: '"a"', seen: "3" });
  one.put("seen", null);
  expect(one.all()).toEqual({ token: '"a"' });
  one.clear();
  expect(Object.entries(stored)).toEqual([
    ["cart", "1 tea"],
    ["trunkline.two.token", '"b"'],
  ]);
});

it("keeps nothing rather than too much, and nothing old in its place", () => {
  const keep = keepFor("one");
  keep.put("outbox", "[]");
  keep.put("outbox", "x".repeat(500_000));
  expect(keep.all()).toEqual({});
});

it("does without where the browser allows no storage", () => {
  vi.stubGlobal("localStorage", undefined);
  const keep = keepFor("one");
  keep.put("token", '"a"');
  expect(keep.all()).toEqual({});
  keep.clear();
});

it("hears what other tabs do with what is of its inbox", () => {
  const changes: unknown[] = [];
  keepFor("one").watch((...change) => changes.push(change));
  hear({ key: "trunkline.two.token", newValue: '"b"' });
  hear({ key: null, newValue: null });
  hear({ key: "trunkline.one.token", newValue: '"a"' });
  hear({ key: "trunkline.one.token", newValue: null });
  expect(changes).toEqual([
    ["token", '"a"'],
    ["token", null],
  ]);
});
