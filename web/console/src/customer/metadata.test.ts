import { expect, test } from "vitest";
import { facts, timeThere, zoneOf } from "./metadata";

test("the page comes first, the unknown last, the empty not at all", () => {
  const found = facts({ zeta: 1, language: "de", page: "https://example.com/cart", referrer: "", alpha: { a: 1 } });
  expect(found.map((fact) => fact.name)).toEqual(["page", "language", "alpha", "zeta"]);
  expect(found[0]?.link).toBe("https://example.com/cart");
  expect(found[2]).toEqual({ name: "alpha", value: '{"a":1}', link: null });
});

test("only web addresses become links", () => {
  expect(facts({ page: "javascript:alert(1)" })[0]?.link).toBeNull();
});

test("the customer's time is told where the zone is one", () => {
  expect(zoneOf({ timezone: "Europe/Berlin" })).toBe("Europe/Berlin");
  expect(zoneOf({ timezone: "Nowhere/Atall" })).toBeNull();
  expect(zoneOf({})).toBeNull();
  expect(timeThere("Asia/Tokyo", Date.UTC(2026, 0, 5, 3, 4), "en")).toContain("12:04");
});
