import { describe, expect, test } from "vitest";
import type { Conversation } from "$lib/api/types";
import { waitOf } from "./wait";

const limits = { warn_after_s: 300, breach_after_s: 900 };
const since = (seconds: number | null) => ({ waiting_since: seconds === null ? null : 1_000_000_000 - seconds * 1_000_000 }) as Conversation;

describe("a wait", () => {
  test.each([
    [0, "calm"],
    [299, "calm"],
    [300, "warn"],
    [899, "warn"],
    [900, "breach"],
  ])("of %i seconds is %s", (seconds, pressure) => {
    expect(waitOf(since(seconds), 1_000_000, limits)).toEqual({ seconds, pressure });
  });

  test("is none when it is the customer's turn", () => {
    expect(waitOf(since(null), 1_000_000, limits)).toBeNull();
  });

  test("is never negative, whatever the clocks say", () => {
    expect(waitOf(since(-60), 1_000_000, limits)?.seconds).toBe(0);
  });
});
