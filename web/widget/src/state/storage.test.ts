import { afterEach, expect, it, vi } from "vitest";
import { lasts, Storage, type Site } from "./storage";

afterEach(() => void vi.unstubAllGlobals());

function site(kept: Record<string, string> = {}): Site & { said: [string, string | null][] } {
  const said: [string, string | null][] = [];
  return { kept, said, keep: (...told) => said.push(told) };
}

it("remembers as long as the page lives where nobody keeps anything", () => {
  const storage = new Storage("trunkline.i");
  storage.set("token", "a");
  expect(storage.get("token")).toBe("a");
  storage.clear();
  expect(storage.get("token")).toBeUndefined();
});

it("gives the site what the next visit needs, and not what is being written", () => {
  const at = site({ token: '"a"', draft: '"not ours"' });
  const storage = new Storage("trunkline.i", at);
  expect(storage.get("token")).toBe("a");
  expect(storage.get("draft"), "the site puts nothing into the composer").toBeUndefined();
  storage.set("draft", "half a sen");
  storage.set("talked", true);
  storage.set("token", null);
  expect(at.said).toEqual([
    ["talked", "true"],
    ["token", null],
  ]);
  expect([storage.get("draft"), storage.get("token")]).toEqual(["half a sen", undefined]);
});

it("knows what other pages of the site have changed", () => {
  const storage = new Storage("trunkline.i", site());
  storage.told("token", '"b"');
  expect(storage.get("token")).toBe("b");
  storage.told("token", null);
  expect(storage.get("token")).toBeUndefined();
  storage.told("token", "no JSON");
  expect(storage.get("token")).toBeUndefined();
});

it("takes nothing from a site while its own storage lasts", () => {
  const storage = new Storage("trunkline.i");
  storage.told("token", '"b"');
  expect(storage.get("token")).toBeUndefined();
});

it.each([
  ["there is access", {}, () => Promise.resolve(true), true],
  ["a browser parts what frames store", {}, () => Promise.resolve(false), false],
  ["a browser is too old to say", {}, undefined, true],
  ["a browser refuses storage", undefined, () => Promise.resolve(true), false],
])("where %s", async (_, stored, hasStorageAccess, expected) => {
  vi.stubGlobal("localStorage", stored && { getItem: () => null });
  vi.stubGlobal("document", { hasStorageAccess });
  expect(await lasts()).toBe(expected);
});
