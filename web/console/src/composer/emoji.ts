// Emoji with their names, from the daemon's own files: loaded when first asked for, in the operator's language where there
// is one. The lists come from Unicode by way of Emojibase; drawing them is ours, because ready pickers write style sheets and
// markup that our content security policy forbids.

import english from "emoji-picker-element-data/en/emojibase/data.json?url";
import russian from "emoji-picker-element-data/ru/emojibase/data.json?url";
import { current } from "$console/i18n/index.svelte";

export interface Emoji {
  emoji: string;
  annotation: string;
  tags?: string[];
  shortcodes?: string[];
  group: number;
  order: number;
  version: number;
}

/** Newer ones are boxes on many machines. */
const NEWEST = 15;
const files: Record<string, string> = { en: english, ru: russian };
const loaded = new Map<string, Promise<Emoji[]>>();

export function allEmoji(): Promise<Emoji[]> {
  const file = files[current()] ?? english;
  let list = loaded.get(file);
  if (!list) {
    list = fetch(file).then(async (answer) => ((await answer.json()) as Emoji[]).filter((one) => one.group !== undefined && one.version <= NEWEST));
    // What failed is asked for again next time.
    list.catch(() => loaded.delete(file));
    loaded.set(file, list);
  }
  return list;
}

export async function findEmoji(query: string, most: number): Promise<Emoji[]> {
  return best(await allEmoji(), query, most);
}

/** Those whose name, tag or code begins with the words come first. */
export function best(all: Emoji[], query: string, most: number): Emoji[] {
  const wanted = query.toLocaleLowerCase().replaceAll("_", " ").trim();
  const rank = (one: Emoji): number => {
    const names = [one.annotation, ...(one.shortcodes ?? []).map((code) => code.replaceAll("_", " "))].map((name) => name.toLocaleLowerCase());
    if (names.some((name) => name.startsWith(wanted))) return 0;
    if (one.tags?.some((tag) => tag.toLocaleLowerCase().startsWith(wanted))) return 1;
    return names.some((name) => name.includes(wanted)) ? 2 : 3;
  };
  return all
    .map((one) => ({ one, rank: rank(one) }))
    .filter(({ rank }) => rank < 3)
    .sort((a, b) => a.rank - b.rank || a.one.order - b.one.order)
    .slice(0, most)
    .map(({ one }) => one);
}
