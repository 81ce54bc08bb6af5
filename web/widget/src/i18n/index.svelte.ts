// What the widget says. One file per language, each loaded alone; the inbox's owner may put other words in, also for languages
// that we do not bring. A key with `#few` and the like is chosen by number (Unicode plural categories).

import type english from "./en.json";

type Base<K> = K extends `${infer Key}#${string}` ? Key : K;
export type Key = Base<keyof typeof english & string>;
export type Values = Record<string, string | number>;
type Texts = Record<string, string>;

const LOADERS: Record<string, () => Promise<{ default: Texts }>> = {
  en: () => import("./en.json"),
  ru: () => import("./ru.json"),
  ar: () => import("./ar.json"),
};
const RIGHT_TO_LEFT = ["ar", "fa", "he", "ur", "ps", "yi"];

let language = $state.raw("en");
let texts = $state.raw<Texts>({});

/** For `Intl` and `lang`. */
export function current(): string {
  return language;
}

export function isRightToLeft(tag: string): boolean {
  return RIGHT_TO_LEFT.includes(tag.split("-")[0] ?? "");
}

/** The first wanted language that we or the owner's words know: whole tags before their first parts. */
export function chosen(wanted: readonly string[], own: Record<string, Texts> = {}): string {
  const known = [...Object.keys(LOADERS), ...Object.keys(own)];
  for (const tag of wanted) {
    for (const form of [tag, tag.split("-")[0]]) {
      const found = known.find((name) => name.toLowerCase() === form?.toLowerCase());
      if (found) return found;
    }
  }
  return "en";
}

/** Changes the language of everything on screen. `own` are the owner's words. */
export async function speak(wanted: readonly string[], own: Record<string, Texts> = {}): Promise<void> {
  const tag = chosen(wanted, own);
  const base = tag.split("-")[0] ?? "en";
  const load = LOADERS[tag] ?? LOADERS[base] ?? LOADERS.en;
  texts = { ...(await load?.())?.default, ...own[base], ...own[tag] };
  language = tag;
  document.documentElement.lang = tag;
  document.documentElement.dir = isRightToLeft(tag) ? "rtl" : "ltr";
}

/** The text of a key with its values filled in; `n` counts. */
export function t(key: Key, values: Values = {}): string {
  const n = values.n;
  const form = typeof n === "number" ? `${key}#${new Intl.PluralRules(language).select(n)}` : key;
  const text = texts[form] ?? texts[`${key}#other`] ?? texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return typeof value === "number" ? value.toLocaleString(language) : (value ?? whole);
  });
}
