import { expect, test } from "vitest";
import { changed, common, suggestions } from "./tags";

test("what all have is shown, and what is added or taken is for all, each keeping its own", () => {
  const both = [{ tags: ["vip", "refund"] }, { tags: ["refund", "late"] }];
  expect(common(both)).toEqual(["refund"]);
  expect(both.map((one) => changed(one.tags, ["new", "late"], ["refund"]))).toEqual([["vip", "new", "late"], ["late", "new"]]);
  expect(common([])).toEqual([]);
});

test("tags used most are offered first, those here already not at all", () => {
  const all = [{ tags: ["vip", "late"] }, { tags: ["late", "refund"] }, { tags: ["late"] }];
  expect(suggestions(all, ["vip"], "", 9)).toEqual(["late", "refund"]);
  expect(suggestions(all, [], "RE", 9)).toEqual(["refund"]);
  expect(suggestions(all, [], "", 1)).toEqual(["late"]);
});
