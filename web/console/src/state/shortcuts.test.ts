import { describe, expect, test } from "vitest";
import { ACTIONS, clashes, keymap, PAIR_MS, Presses, spell, whileWriting } from "./shortcuts";

const press = (code: string, key: string, held: Partial<Record<"shiftKey" | "ctrlKey" | "metaKey" | "altKey", boolean>> = {}) => ({
  code,
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...held,
});

describe("a press", () => {
  test.each([
    [press("KeyJ", "j"), "j"],
    [press("KeyJ", "о"), "j"],
    [press("KeyE", "У", { shiftKey: true }), "Shift+E"],
    [press("KeyK", "k", { metaKey: true }), "Ctrl+K"],
    [press("Slash", "?", { shiftKey: true }), "?"],
    [press("Slash", "."), "/"],
    [press("BracketRight", "ъ"), "]"],
    [press("Escape", "Escape"), "Escape"],
  ])("%o is %s", (pressed, spelled) => {
    expect(spell(pressed)).toBe(spelled);
  });
});

test("no two actions share their keys from the start", () => {
  expect(clashes(keymap({}))).toEqual([]);
  expect(clashes(keymap({ next: "k" })).sort()).toEqual(["next", "previous"]);
});

test("every action is found by its keys, also on a Russian layout", () => {
  const presses = new Presses();
  const keys = keymap({});
  expect(presses.find(press("KeyG", "п"), keys, 0)).toBeNull();
  expect(presses.find(press("KeyQ", "й"), keys, 10)).toBe("queue");
  expect(presses.find(press("KeyJ", "о"), keys, 20)).toBe("next");
});

test("a pair that takes too long is two single keys", () => {
  const presses = new Presses();
  const keys = keymap({});
  presses.find(press("KeyG", "g"), keys, 0);
  expect(presses.find(press("KeyA", "a"), keys, PAIR_MS + 1)).toBe("assign");
});

test("changed keys replace the old ones, empty ones take them away", () => {
  const keys = keymap({ next: "Alt+N", previous: "" });
  const presses = new Presses();
  expect(presses.find(press("KeyJ", "j"), keys, 0)).toBeNull();
  expect(presses.find(press("KeyN", "n", { altKey: true }), keys, 0)).toBe("next");
  expect(presses.find(press("KeyK", "k"), keys, 0)).toBeNull();
  expect(ACTIONS.length).toBe(keys.size);
});

test("while somebody writes, letters are letters", () => {
  expect(whileWriting("j")).toBe(false);
  expect(whileWriting("Shift+E")).toBe(false);
  expect(whileWriting("Ctrl+K")).toBe(true);
  expect(whileWriting("Escape")).toBe(true);
});
