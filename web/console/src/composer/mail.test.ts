import { expect, test } from "vitest";
import type { Message } from "$lib/api/types";
import { addressesIn, othersIn, wrongAddress } from "./mail";

const message = (sender_type: string, extra: unknown) => ({ sender_type, extra, deleted_at: null }) as unknown as Message;

test("addresses are read as people type them", () => {
  expect(addressesIn(" carl@example.com, Dora <dora@example.com>;CARL@example.com,,")).toEqual(["carl@example.com", "dora@example.com"]);
  expect(addressesIn(" ")).toEqual([]);
});

test("what is no address is named", () => {
  expect(wrongAddress("carl@example.com, dora@")).toBe("dora@");
  expect(wrongAddress("carl@example.com dora@example.com")).toBe("carl@example.com dora@example.com");
  expect(wrongAddress("carl@example.com")).toBeNull();
  expect(wrongAddress(Array.from({ length: 51 }, (_, i) => `p${i}@example.com`).join(","))).toBe("p50@example.com");
});

test("a reply to all goes to everybody in the customer's last mail, but not twice to the customer", () => {
  const first = message("customer", { from: ["ann@example.com"], copies: ["old@example.com"] });
  const last = message("customer", { from: ["carl@example.com"], copies: ["Ann@example.com", "dora@example.com"] });
  const ours = message("operator", { cc: ["x@example.com"] });
  expect(othersIn([first, last, ours], "ann@example.com")).toEqual(["carl@example.com", "dora@example.com"]);
  expect(othersIn([message("customer", { from: ["ann@example.com"] })], "ann@example.com")).toEqual([]);
  expect(othersIn([ours, message("customer", null)], "ann@example.com")).toEqual([]);
});
