import { expect, test } from "vitest";
import * as extra from "./extra";

const of = (value: unknown) => value as never;

test("reads what connectors write", () => {
  expect(extra.locationOf(of({ location: { latitude: 55.7, longitude: 37.6, name: "Café" } }))).toEqual({ latitude: 55.7, longitude: 37.6, name: "Café" });
  expect(extra.contactsOf(of({ contacts: [{ name: "Ann", phones: ["+1"] }, { phones: [] }] }))).toEqual([{ name: "Ann", phones: ["+1"], emails: [] }]);
  expect(extra.pollOf(of({ poll: { question: "Which?", options: ["a", "b"] } }))).toEqual({ question: "Which?", options: ["a", "b"] });
  expect(extra.quoteOf(of({ quote: { text: "x", from: "Ann" } }))).toEqual({ text: "x", from: "Ann", story: false });
  expect(extra.forwardedOf(of({ forwarded: [{ from: "Ann", at: 5, text: "x", forwarded: [] }] }))).toEqual([{ from: "Ann", at: 5, text: "x", frequently: false }]);
  expect(extra.forwardedOf(of({ forwarded: { frequently: true } }))).toEqual([{ frequently: true }]);
  expect(extra.linkOf(of({ product: { title: "Tea", price: "5 €", url: "https://example.com/t" } }))).toEqual({ title: "Tea", note: "5 €", url: "https://example.com/t" });
  expect(extra.choiceOf(of({ choice: { id: "f", title: "Form", data: { name: "Ann", ok: true } } }))).toEqual({
    id: "f", title: "Form", data: [{ label: "name", value: "Ann" }, { label: "ok", value: "true" }],
  });
  expect(extra.orderOf(of({ order: { catalog: "c", items: [{ quantity: 2, product_retailer_id: "p", item_price: 3, currency: "EUR" }] } }))).toEqual({
    facts: [{ label: "catalog", value: "c" }], items: ["2 × p · 3 EUR"],
  });
  expect(extra.mailOf(of({ subject: "Hi", from: ["a@example.com"], to: ["b@example.com"], message_id: "x", blocked_images: 2 }))).toEqual({
    subject: "Hi", from: "a@example.com", to: ["b@example.com"], cc: [], blockedImages: 2, bounce: false, list: false,
  });
});

test("leaves out what has another shape", () => {
  const readers = Object.entries(extra).filter(([name]) => name.endsWith("Of") && name !== "mapOf").map(([, read]) => read as (value: never) => unknown);
  const odd = [null, undefined, 5, "x", [], {}, { location: 1, contacts: "x", poll: [], buttons: {}, quote: 7, forwarded: "y", referral: [], link: null, choice: 0, order: "o" }];
  for (const read of readers) {
    for (const value of odd) {
      const told = read(of(value));
      expect(Array.isArray(told) ? told : (told ?? [])).toEqual([]);
    }
  }
  expect(extra.locationOf(of({ location: { latitude: 91, longitude: 0 } }))).toBeUndefined();
  expect(extra.buttonsOf(of({ buttons: [{ title: "Run", url: "javascript:alert(1)" }] }))).toEqual([{ title: "Run" }]);
  expect(extra.quoteOf(of({ quote: { url: "javascript:alert(1)" } }))?.url).toBeUndefined();
});
