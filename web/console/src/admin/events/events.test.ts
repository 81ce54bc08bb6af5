import { describe, expect, test } from "vitest";
import { readable } from "./body";
import { DELIVERY_STATES, offers, troubled } from "./deliveries";

describe("raw bodies", () => {
  test("JSON is indented, other texts stay", () => {
    expect(readable('{"a":[1]}', "cut")).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(readable("From: Ann\r\n\r\nHello {", "cut")).toBe("From: Ann\r\n\r\nHello {");
    expect(readable("{broken", "cut")).toBe("{broken");
  });

  test("ids too large for JavaScript are shown as they came", () => {
    expect(readable('{"id":12345678901234567890}', "cut")).toBe('{"id":12345678901234567890}');
    expect(readable('{"id":"12345678901234567890"}', "cut")).toContain('\n  "id": "12345678901234567890"');
  });

  test("what is too long is cut, and says so", () => {
    const shown = readable("x".repeat(300_000), "cut");
    expect(shown.length).toBeLessThan(201_000);
    expect(shown.endsWith("cut")).toBe(true);
  });
});

test("nothing that has arrived can be sent again", () => {
  for (const state of ["sent", "delivered", "read", "sending"]) expect(offers(state)).toEqual([]);
  expect(offers("uncertain")).toContain("settle");
  expect(DELIVERY_STATES.filter((state) => offers(state).includes("retry"))).toEqual(["failed", "uncertain", "retry_wait"]);
});

test("what failed and what is in doubt are one list over all pages", async () => {
  const kept: Record<string, string[][]> = { failed: [["a", "b"], ["c"]], uncertain: [["d"], ["e"]] };
  const ask = async (state: string, cursor: string | undefined) => {
    const at = Number(cursor ?? 0);
    return { items: kept[state]?.[at] ?? [], next_cursor: kept[state]?.[at + 1] ? String(at + 1) : null };
  };
  const read: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await troubled(ask, cursor);
    read.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  expect(read).toEqual(["a", "b", "c", "d", "e"]);
});
