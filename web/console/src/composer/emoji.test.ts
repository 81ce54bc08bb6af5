import { expect, test } from "vitest";
import { best, type Emoji } from "./emoji";

const of = (emoji: string, annotation: string, order: number, tags: string[] = []) => ({ emoji, annotation, order, tags, group: 0, version: 1 }) as Emoji;
const all = [of("😺", "cat", 3, ["smile"]), of("😀", "smiling face", 2), of("🙂", "face that is smiling", 1), of("🚗", "car", 4)];

test("names that begin so come first, then tags, then the rest", () => {
  expect(best(all, "smil", 9).map((one) => one.emoji)).toEqual(["😀", "😺", "🙂"]);
  expect(best(all, "SMILING_", 1).map((one) => one.emoji)).toEqual(["😀"]);
  expect(best(all, "zzz", 9)).toEqual([]);
});
