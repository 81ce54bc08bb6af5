// What is typed into the search box: words, and `name:value` that narrow the search.

import type { components } from "$lib/api/schema";

type Schemas = components["schemas"];
export type Hits = Schemas["SearchView"];
export type Found = Schemas["Snippet"];

const NAMES = ["in", "channel", "inbox", "state", "assignee"] as const;
const RECENT = "trunkline.searches";
const MAX_RECENT = 10;

/** The query of `GET /search`. `is:` is what people of other desks type for `state:`, `from:` for `assignee:`. */
export function parseSearch(text: string): Record<string, string> {
  const query: Record<string, string> = {};
  const words: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const [, name = "", value = ""] = /^(\w+):(\S+)$/.exec(word) ?? [];
    const known = name === "is" ? "state" : name === "by" ? "assignee" : name;
    if (value && (NAMES as readonly string[]).includes(known)) query[known] = value;
    else if (value && (known === "after" || known === "before") && !Number.isNaN(Date.parse(value)))
      query[known === "after" ? "from" : "to"] = String(Date.parse(value) * 1000);
    else words.push(word);
  }
  return { q: words.join(" "), ...query };
}

/** A line cut into what was found and what was not. Ranges are in UTF-16 units, as JavaScript counts. */
export function pieces({ text, ranges }: Found): { text: string; hit: boolean }[] {
  const cut: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const { start, length } of [...ranges].sort((a, b) => a.start - b.start)) {
    if (start < at) continue;
    if (start > at) cut.push({ text: text.slice(at, start), hit: false });
    cut.push({ text: text.slice(start, start + length), hit: true });
    at = start + length;
  }
  if (at < text.length) cut.push({ text: text.slice(at), hit: false });
  return cut;
}

export function recent(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

export function remember(text: string): void {
  const asked = text.trim();
  if (asked) localStorage.setItem(RECENT, JSON.stringify([asked, ...recent().filter((one) => one !== asked)].slice(0, MAX_RECENT)));
}
