import { expect, test } from "vitest";
import { Bulk } from "./bulk.svelte";

test("every one is done once, and what failed is told with its reason", async () => {
  const bulk = new Bulk();
  const seen: string[] = [];
  const ids = Array.from({ length: 25 }, (_, n) => `c${n}`);
  await bulk.run(ids, async (id) => {
    seen.push(id);
    if (id === "c7") throw new Error("no");
  });
  expect(seen.sort()).toEqual([...ids].sort());
  expect(bulk.done).toBe(25);
  expect([...bulk.failed.keys()]).toEqual(["c7"]);
  expect(bulk.running).toBe(false);
});

test("after a stop nothing more begins", async () => {
  const bulk = new Bulk();
  let begun = 0;
  await bulk.run(["a", "b", "c", "d", "e", "f", "g", "h"], async () => {
    begun += 1;
    bulk.stop();
  });
  expect(begun).toBeLessThanOrEqual(4);
});
