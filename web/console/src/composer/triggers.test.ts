import { describe, expect, test } from "vitest";
import { mentionedIn, triggerAt, unfilled } from "./triggers";

const at = (text: string, mode: "reply" | "note" = "reply") => triggerAt(text, text.length, mode);

describe("what is asked for", () => {
  test("a slash at the start asks for a canned response, in answers only", () => {
    expect(at("/")).toEqual({ kind: "canned", query: "", from: 0 });
    expect(at("/thank you")).toEqual({ kind: "canned", query: "thank you", from: 0 });
    expect(at("and/or")).toBeNull();
    expect(at("/usr/bin")).toBeNull();
    expect(at("/", "note")).toBeNull();
  });

  test("an at sign asks for a colleague, in notes only", () => {
    expect(at("see @An", "note")).toEqual({ kind: "mention", query: "An", from: 4 });
    expect(at("@Анна Пе", "note")).toEqual({ kind: "mention", query: "Анна Пе", from: 0 });
    expect(at("bob@example", "note")).toBeNull();
    expect(at("@An")).toBeNull();
  });

  test("a colon and two letters ask for an emoji", () => {
    expect(at("fine :sm")).toEqual({ kind: "emoji", query: "sm", from: 5 });
    expect(at("fine :s")).toBeNull();
    expect(at("at 10:30")).toBeNull();
    expect(at("fine :sm", "note")?.kind).toBe("emoji");
  });

  test("only what stands before the caret counts", () => {
    expect(triggerAt("/hi there", 3, "reply")).toEqual({ kind: "canned", query: "hi", from: 0 });
  });
});

test("those are mentioned whose whole name is there", () => {
  const operators = [
    { id: "1", name: "Ann" },
    { id: "2", name: "Ann Lee" },
    { id: "3", name: "Bob (night)" },
  ];
  expect(mentionedIn("@Ann Lee, look", operators)).toEqual(["2"]);
  expect(mentionedIn("@Ann and @Ann Lee", operators).sort()).toEqual(["1", "2"]);
  expect(mentionedIn("@Bob (night): hm", operators)).toEqual(["3"]);
  expect(mentionedIn("@Anna, Ann", operators)).toEqual([]);
});

test("a variable is filled in when its braces are gone", () => {
  expect(unfilled("Hello {{ customer_name }}", ["customer_name", "other"])).toEqual(["customer_name"]);
  expect(unfilled("Hello Ann", ["customer_name"])).toEqual([]);
});
