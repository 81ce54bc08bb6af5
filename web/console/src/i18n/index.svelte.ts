// What the console says, in the operator's language. One folder per language, one file per part of the console; keys are
// `part.name`, and `part.name#few` where a number decides (Unicode plural categories; the `n` of the parameters counts).

import { areas as english } from "./en";
import type { areas as later } from "./en/later";

type Plain<K> = K extends `${infer Base}#${string}` ? Base : K;
type Keys<A> = { [P in keyof A & string]: `${P}.${Plain<keyof A[P] & string>}` }[keyof A & string];

/** Every text there is, checked when the console is built. */
export type Key = Keys<typeof english & typeof later>;
export type Values = Record<string, string | number>;
export type Areas = Record<string, Record<string, string>>;

/** How people call their languages; the first is what we fall back to. */
export const LANGUAGES = { en: "English", ru: "Русский", ar: "العربية" } as const;
export type Language = keyof typeof LANGUAGES;
const RIGHT_TO_LEFT: Language[] = ["ar"];

type Load = () => Promise<{ areas: Areas }>;

/** For each language what the first screen says, and what the rest says. */
const loaders: Record<Language, [first: Load, later: Load]> = {
  en: [async () => ({ areas: english }), () => import("./en/later")],
  ru: [() => import("./ru"), () => import("./ru/later")],
  ar: [() => import("./ar"), () => import("./ar/later")],
};

let language = $state<Language>("en");
let texts = $state.raw<Areas>(english);
let all = false;
let plurals = $derived(new Intl.PluralRules(language));

/** The language now spoken, for `Intl` and `lang`. */
export function current(): Language {
  return language;
}

/** What the browser asks for, as far as we speak it. */
export function preferred(wanted: readonly string[] = navigator.languages): Language {
  const known = wanted.map((tag) => tag.split("-")[0]).find((tag): tag is Language => tag !== undefined && tag in LANGUAGES);
  return known ?? "en";
}

/** Changes the language of everything on screen. */
export async function speak(wanted: Language): Promise<void> {
  const [first, later] = loaders[wanted];
  const parts = await Promise.all([first(), ...(all ? [later()] : [])]);
  texts = Object.assign({}, ...parts.map((part) => part.areas)) as Areas;
  language = wanted;
  document.documentElement.lang = wanted;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(wanted) ? "rtl" : "ltr";
}

/** Before a part is shown that is loaded late: its texts. */
export async function speakAll(): Promise<void> {
  if (all) return;
  const [, later] = loaders[language];
  const { areas } = await later();
  all = true;
  texts = { ...texts, ...areas };
}

/** The text of a key with its values filled in. A test holds every language to say everything. */
export function t(key: Key, values: Values = {}): string {
  const text = lookUp(texts, key, values) ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(language).format(value) : value;
  });
}

/** Whether there is such a text: for words that come from the daemon, such as close reasons. */
export function known(key: string): key is Key {
  return lookUp(texts, key, {}) !== undefined;
}

function lookUp(areas: Areas, key: string, values: Values): string | undefined {
  const dot = key.indexOf(".");
  const area = areas[key.slice(0, dot)];
  const name = key.slice(dot + 1);
  if (!area) return undefined;
  if (typeof values.n === "number") {
    const counted = area[`${name}#${plurals.select(values.n)}`] ?? area[`${name}#other`];
    if (counted !== undefined) return counted;
  }
  return area[name];
}
