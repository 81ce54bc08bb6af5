import { expect, test } from "vitest";
import { meaningOf, type Press } from "./keys";

const enter: Press = { key: "Enter", ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, isComposing: false, keyCode: 13 };

test("Enter sends or breaks the line, as the operator likes", () => {
  expect(meaningOf(enter, true)).toBe("send");
  expect(meaningOf(enter, false)).toBeNull();
  expect(meaningOf({ ...enter, shiftKey: true }, true)).toBeNull();
});

test("with Ctrl or Cmd it always sends, with Shift it closes, too", () => {
  for (const enterSends of [true, false]) {
    expect(meaningOf({ ...enter, ctrlKey: true }, enterSends)).toBe("send");
    expect(meaningOf({ ...enter, metaKey: true }, enterSends)).toBe("send");
    expect(meaningOf({ ...enter, ctrlKey: true, shiftKey: true }, enterSends)).toBe("send_and_close");
  }
});

test("never while an input method is composing", () => {
  expect(meaningOf({ ...enter, isComposing: true, ctrlKey: true }, true)).toBeNull();
  expect(meaningOf({ ...enter, keyCode: 229 }, true)).toBeNull();
  expect(meaningOf({ ...enter, key: "a" }, true)).toBeNull();
});
