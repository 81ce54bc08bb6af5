import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Announcer } from "./announce.svelte";

const many = (n: number, author: string) => `${n} new from ${author}`;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the first message is read at once, a burst behind it is counted", () => {
  const announcer = new Announcer();
  announcer.message("Ann", "one", many);
  vi.advanceTimersByTime(150);
  expect(announcer.text).toBe("Ann: one");
  for (const text of ["two", "three", "four", "five"]) announcer.message("Ann", text, many);
  announcer.message("Bob", "hello", many);
  vi.advanceTimersByTime(1_000);
  expect(announcer.text).toBe("Ann: one");
  vi.advanceTimersByTime(1_000);
  expect(announcer.text).toBe("4 new from Ann. Bob: hello");
});

test("after silence the next one is read at once again, also when it says the same", () => {
  const announcer = new Announcer();
  announcer.message("Ann", "one", many);
  vi.advanceTimersByTime(5_000);
  const first = announcer.text;
  announcer.message("Ann", "one", many);
  vi.advanceTimersByTime(150);
  expect(announcer.text).not.toBe(first);
  expect(announcer.text.trim()).toBe("Ann: one");
});
