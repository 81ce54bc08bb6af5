import { expect, test } from "vitest";
import type { Message } from "$lib/api/types";
import { steps } from "./window";

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => ({ number: first + i }) as Message);
const told = (before: Message[], after: Message[]) =>
  steps(before, after)?.map(({ messages, shift }) => `${messages[0]?.number}-${messages.at(-1)?.number}${shift ? " shift" : ""}:${messages.length}`) ?? null;

test("older ones come before without moving what is read", () => {
  expect(told(range(51, 100), range(1, 100))).toEqual(["1-100 shift:100"]);
  expect(told(range(51, 100), range(1, 80))).toEqual(["1-100 shift:100", "1-80:80"]);
});

test("newer ones come after, and the far end goes in a step of its own", () => {
  expect(told(range(1, 50), range(1, 51))).toEqual(["1-51:51"]);
  expect(told(range(1, 50), range(21, 70))).toEqual(["1-70:70", "21-70 shift:50"]);
  expect(told(range(1, 50), range(21, 50))).toEqual(["21-50 shift:30"]);
});

test("a window elsewhere begins anew", () => {
  expect(told(range(1, 50), range(500, 600))).toBeNull();
  expect(told([], range(1, 2))).toBeNull();
  expect(told([], [])).toEqual([]);
});
