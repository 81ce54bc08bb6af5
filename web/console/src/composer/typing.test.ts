import { expect, test } from "vitest";
import { TypingHints } from "./typing";

test("typing is told at most every three seconds, its end once", () => {
  let now = 0;
  const told: boolean[] = [];
  const hints = new TypingHints((typing) => told.push(typing), () => now);
  hints.stopped();
  hints.typed();
  now = 2_900;
  hints.typed();
  expect(told).toEqual([true]);
  now = 3_000;
  hints.typed();
  hints.stopped();
  hints.stopped();
  expect(told).toEqual([true, true, false]);
  hints.typed();
  expect(told).toEqual([true, true, false, true]);
});
