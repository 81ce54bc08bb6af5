import { describe, expect, test } from "vitest";
import { address, linkify } from "./linkify";

const links = (text: string) => linkify(text).flatMap((piece) => (piece.href ? [[piece.text, piece.href]] : []));

describe("linkify", () => {
  test("keeps the whole text, whatever it finds", () => {
    for (const text of ["", "no link", "a https://example.com/x?a=1&b=2, b", "<b>https://example.com</b>", "www.", "@", "+1"]) {
      expect(linkify(text).map((piece) => piece.text).join("")).toBe(text);
    }
  });

  test("finds web addresses and leaves the sentence around them", () => {
    expect(links("See https://example.com/a_(b), please.")).toEqual([["https://example.com/a_(b)", "https://example.com/a_(b)"]]);
    expect(links("(http://example.com/x)")).toEqual([["http://example.com/x", "http://example.com/x"]]);
    expect(links("www.example.com!")).toEqual([["www.example.com", "https://www.example.com/"]]);
    expect(links("https://пример.рф/путь.")).toEqual([["https://пример.рф/путь", "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C"]]);
  });

  test("finds mail addresses and international phone numbers", () => {
    expect(links("ann@example.com")).toEqual([["ann@example.com", "mailto:ann@example.com"]]);
    expect(links("Call +7 (912) 345-67-89 today")).toEqual([["+7 (912) 345-67-89", "tel:+79123456789"]]);
    expect(links("order 1234567890")).toEqual([]);
  });

  test("makes nothing that runs", () => {
    expect(links("javascript:alert(1) data:text/html,x vbscript:x")).toEqual([]);
    expect(links("https://")).toEqual([]);
    expect(address("javascript:alert(1)")).toBeUndefined();
    expect(address("ftp://example.com")).toBeUndefined();
    expect(address("example.com/a")).toBe("https://example.com/a");
    expect(address(null)).toBeUndefined();
  });

  test("takes its time with no text", () => {
    const began = performance.now();
    linkify("a.".repeat(20_000) + "@");
    linkify("+1 ".repeat(15_000));
    linkify("www." + ")".repeat(40_000));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
