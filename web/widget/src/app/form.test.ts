import { describe, expect, it } from "vitest";
import type { Config, Field } from "../net/types";
import { asked, autocompleteOf, isEmail, needsForm, problemOf, type Known } from "./form";
import { pieces } from "./pieces";
import { fits } from "./uploads.svelte";

const field = (name: string, more: Partial<Field> = {}): Field => ({ name, label: name, ...more });
const config = (fields: Field[], consent?: string) => ({ pre_chat: { fields, consent } }) as unknown as Config;
const stranger: Known = { verified: false, visitor: { name: null, email: null } };

describe("the form", () => {
  it("asks nobody what is known already", () => {
    const form = config([field("name"), field("email"), field("topic")]);
    const names = (known: Known) => asked(form, known).map((one) => one.name);
    expect(names(stranger)).toEqual(["name", "email", "topic"]);
    expect(names({ verified: false, visitor: { name: "Ann", email: null } })).toEqual(["email", "topic"]);
    expect(names({ verified: true, visitor: { name: null, email: null } })).toEqual([]);
    expect(needsForm(config([]), stranger)).toBe(false);
    expect(needsForm(config([], "I agree."), stranger)).toBe(true);
    expect(needsForm(config([], "I agree."), { ...stranger, verified: true })).toBe(false);
  });

  it("says what is wrong", () => {
    const cases: [Field, string | boolean | undefined, string | undefined][] = [
      [field("name", { required: true }), "  ", "required"],
      [field("name"), "", undefined],
      [field("email"), "ann@example", "bad_email"],
      [field("work", { kind: "email" }), "ann@example.com", undefined],
      [field("phone"), "1234", "bad_phone"],
      [field("phone"), "+44 20 7946 0000", undefined],
      [field("gift", { kind: "checkbox", required: true }), false, "required"],
      [field("gift", { kind: "checkbox" }), undefined, undefined],
      [field("topic", { kind: "select", required: true, options: ["a"] }), "a", undefined],
    ];
    for (const [of, answer, problem] of cases) expect(problemOf(of, answer), `${of.name} ${answer}`).toBe(problem);
    expect(["a@b.c", " a@b.co ", "a b@c.d", "@b.c", "a@b"].map(isEmail)).toEqual([true, true, false, false, false]);
    expect([field("name"), field("x", { kind: "email" }), field("phone"), field("order")].map(autocompleteOf)).toEqual(["name", "email", "tel", "off"]);
  });
});

it("finds the addresses in a text, and links to nothing else", () => {
  expect(pieces("See https://shop.example/a?b=1, or (http://x.example/y_(z)).")).toEqual([
    { text: "See " },
    { text: "https://shop.example/a?b=1", href: "https://shop.example/a?b=1" },
    { text: ", or (" },
    { text: "http://x.example/y_(z)", href: "http://x.example/y_(z)" },
    { text: ")." },
  ]);
  expect(pieces("javascript:alert(1) ftp://x https://")).toEqual([{ text: "javascript:alert(1) ftp://x https://" }]);
  expect(pieces("")).toEqual([]);
});

it("takes files as an accept attribute does", () => {
  const png = { name: "A.PNG", type: "image/png" };
  expect([[], ["image/*"], ["image/png"], [".png"], ["image/jpeg", ".pdf"], ["*/*"]].map((types) => fits(png, types))).toEqual([true, true, true, true, false, true]);
});
