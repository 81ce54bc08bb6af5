import { expect, test } from "vitest";
import { lengthOf, split, type TextLimit } from "./textLength";

const telegram: TextLimit = { max: 4096, count_by: "utf16_units" };

test("length is counted as the channel counts", () => {
  expect(lengthOf("a👍я", "utf16_units")).toBe(4);
  expect(lengthOf("a👍я", "characters")).toBe(3);
  expect(lengthOf("a👍я€", "bytes")).toBe(1 + 4 + 2 + 3);
});

test("a text at the limit is one message and one more makes two", () => {
  expect(split("я".repeat(4096), telegram)).toHaveLength(1);
  expect(split("я".repeat(4097), telegram)).toHaveLength(2);
});

test("emoji are not torn apart", () => {
  const parts = split("👍🏽".repeat(1500), telegram);
  expect(parts.every((part) => part.length <= 4096 && !part.startsWith("\u{1f3fd}"))).toBe(true);
  expect(parts.join("")).toBe("👍🏽".repeat(1500));
});

test("lines and words are kept whole", () => {
  expect(split("one two three", { max: 10, count_by: "characters" })).toEqual(["one two", "three"]);
  expect(split("one two\nthree", { max: 9, count_by: "characters" })).toEqual(["one two", "three"]);
});

test("white space alone is no message", () => {
  expect(split("", telegram)).toEqual([]);
  expect(split(`abc${" ".repeat(20)}`, { max: 5, count_by: "characters" })).toEqual(["abc"]);
});
