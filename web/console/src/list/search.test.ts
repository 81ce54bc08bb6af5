import { describe, expect, test } from "vitest";
import { parseSearch, pieces } from "./search";

describe("what is typed", () => {
  test.each([
    ["broken kettle", { q: "broken kettle" }],
    ["kettle is:closed channel:vk", { q: "kettle", state: "closed", channel: "vk" }],
    ["by:me invoice", { q: "invoice", assignee: "me" }],
    ["see https://example.com a:b", { q: "see https://example.com a:b" }],
    ["tea after:2026-01-02", { q: "tea", from: String(Date.parse("2026-01-02") * 1000) }],
    ["tea after:tomorrow", { q: "tea after:tomorrow" }],
  ])("%s", (text, query) => {
    expect(parseSearch(text)).toEqual(query);
  });
});

test("hits are marked where JavaScript counts them, also behind an emoji", () => {
  const text = "🙂 tea and more tea";
  const ranges = [
    { start: 16, length: 3 },
    { start: 3, length: 3 },
  ];
  expect(pieces({ text, ranges })).toEqual([
    { text: "🙂 ", hit: false },
    { text: "tea", hit: true },
    { text: " and more ", hit: false },
    { text: "tea", hit: true },
  ]);
});
