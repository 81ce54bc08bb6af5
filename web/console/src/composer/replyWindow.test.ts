import { expect, test } from "vitest";
import { windowState } from "./replyWindow";

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const at = (ms: number) => (NOW + ms) * 1000;

test("a channel without a window is open", () => {
  expect(windowState(null, NOW)).toEqual({ name: "open" });
  expect(windowState(undefined, NOW)).toEqual({ name: "open" });
});

test("a window is counted down before it ends, and is closed at its end", () => {
  const window = { free_until: at(10 * HOUR), way_out: "" };
  expect(windowState(window, NOW)).toEqual({ name: "open" });
  expect(windowState(window, NOW + 7 * HOUR)).toEqual({ name: "ending", leftMs: 3 * HOUR });
  expect(windowState(window, NOW + 10 * HOUR)).toEqual({ name: "closed" });
});

test("people may answer longer than machines where the channel says so", () => {
  const window = { free_until: at(-HOUR), human_until: at(HOUR), way_out: "" };
  expect(windowState(window, NOW)).toEqual({ name: "human", leftMs: HOUR });
  expect(windowState(window, NOW + HOUR)).toEqual({ name: "closed" });
});
