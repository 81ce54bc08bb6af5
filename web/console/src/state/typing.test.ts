import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LASTS_MS, Typing } from "./typing.svelte";

const ann = { name: "Ann", side: "operator" };
const customer = { name: null, side: "customer" };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("each ends by itself, and every further word counts anew", () => {
  const typing = new Typing();
  typing.tell("c", ann, true);
  vi.advanceTimersByTime(LASTS_MS - 1);
  typing.tell("c", customer, true);
  typing.tell("c", ann, true);
  expect(typing.of("c")).toEqual([ann, customer]);
  typing.tell("c", ann, false);
  vi.advanceTimersByTime(LASTS_MS - 1);
  expect(typing.of("c")).toEqual([customer]);
  vi.advanceTimersByTime(1);
  expect(typing.of("c")).toEqual([]);
});

test("nothing is left running after the end", () => {
  const typing = new Typing();
  typing.tell("c", ann, true);
  typing.stop();
  expect(typing.of("c")).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
