import { expect, test } from "vitest";
import type { Conversation } from "$lib/api/types";
import { obstacleOf } from "./obstacle";

const me = { id: "me" };
const ann = { id: "ann", name: "Ann" };
const open = { name: "open" } as const;
const of = (state: string, assignee: { id: string; name: string } | null = null) => ({ state, assignee }) as Conversation;

test("who holds a conversation answers, and so do supervisors", () => {
  expect(obstacleOf(of("active", { id: "me", name: "Me" }), me, false, open)).toBeNull();
  expect(obstacleOf(of("active", ann), me, false, open)).toBe("held");
  expect(obstacleOf(of("active", ann), me, true, open)).toBeNull();
});

test("one that waits can be taken by answering, also when it was transferred", () => {
  expect(obstacleOf(of("new"), me, false, open)).toBeNull();
  expect(obstacleOf(of("transferred", ann), me, false, open)).toBeNull();
});

test("the window matters only where an answer is possible at all", () => {
  expect(obstacleOf(of("active", { id: "me", name: "Me" }), me, false, { name: "closed" })).toBe("window");
  expect(obstacleOf(of("active", ann), me, false, { name: "closed" })).toBe("held");
  expect(obstacleOf(of("closed"), me, true, { name: "closed" })).toBe("closed");
  expect(obstacleOf(of("archived"), me, true, open)).toBe("archived");
});
