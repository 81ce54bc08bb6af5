// Every language says everything, with the same values, in every plural form it has.

import { describe, expect, test } from "vitest";
import { areas as arFirst } from "./ar";
import { areas as arLater } from "./ar/later";
import { areas as enFirst } from "./en";
import { areas as enLater } from "./en/later";
import { areas as ruFirst } from "./ru";
import { areas as ruLater } from "./ru/later";
import type { Areas } from "./index.svelte";

const ar: Areas = { ...arFirst, ...arLater };
const en: Areas = { ...enFirst, ...enLater };
const ru: Areas = { ...ruFirst, ...ruLater };

const placeholders = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort();

function flat(areas: Areas): Map<string, string> {
  return new Map(Object.entries(areas).flatMap(([area, texts]) => Object.entries(texts).map(([key, text]) => [`${area}.${key}`, text] as const)));
}

const base = (key: string) => key.split("#")[0] ?? key;
const english = flat(en);

describe.each([
  ["ru", ru],
  ["ar", ar],
  ["en", en],
])("%s", (language, areas) => {
  const texts = flat(areas);
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;

  test("says all that English says, and nothing else", () => {
    const expected = new Set([...english.keys()].flatMap((key) => (key.includes("#") ? categories.map((c) => `${base(key)}#${c}`) : [key])));
    expect([...texts.keys()].filter((key) => !expected.has(key))).toEqual([]);
    expect([...expected].filter((key) => !texts.has(key))).toEqual([]);
  });

  test("fills in the same values", () => {
    for (const [key, text] of texts) {
      const original = english.get(key) ?? english.get(`${base(key)}#other`) ?? "";
      // A form for one or two may say the number in words.
      const told = placeholders(text).filter((name) => name !== "n");
      expect(told, key).toEqual(placeholders(original).filter((name) => name !== "n"));
    }
  });

  test("leaves nothing empty", () => {
    expect([...texts].filter(([, text]) => text.trim() === "").map(([key]) => key)).toEqual([]);
  });
});
