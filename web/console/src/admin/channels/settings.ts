// Between the fields of a form, which are texts, and the settings of an inbox, which are what the daemon reads.

import type { Key } from "$console/i18n/index.svelte";
import type { FieldSpec } from "./kinds/kind";

export type Values = Record<string, string>;
export type Settings = Record<string, unknown>;

/** How the daemon shows a secret that is kept; given back, the secret stays. */
export const HIDDEN = "[secret]";

export function asked(fields: FieldSpec[], values: Values): FieldSpec[] {
  return fields.filter((field) => !field.when || values[field.when.key] === field.when.value);
}

/** What stands in the form: what is kept, else what stands there at first. */
export function valuesOf(fields: FieldSpec[], settings: Settings): Values {
  return Object.fromEntries(fields.map((field) => [field.key, textOf(at(settings, field.key)) ?? field.initial ?? ""]));
}

/** The settings with the form's values put in. What no field speaks of stays; what is emptied goes, and so has its default. */
export function settingsOf(fields: FieldSpec[], values: Values, before: Settings = {}): Settings {
  let settings: Settings = structuredClone(before);
  const now = asked(fields, values);
  for (const field of fields) {
    const text = (values[field.key] ?? "").trim();
    const value = now.includes(field) && text !== "" ? valueOf(field, text) : undefined;
    settings = put(settings, field.key.split("."), value);
  }
  return settings;
}

/** What is wrong with the values, by key. */
export function problems(fields: FieldSpec[], values: Values): Record<string, Key> {
  const found = asked(fields, values).flatMap((field): [string, Key][] => {
    const text = (values[field.key] ?? "").trim();
    if (text === "") return field.required ? [[field.key, "admin.required"]] : [];
    if (text === HIDDEN || !field.proper) return [];
    const parts = field.kind === "lines" ? lines(text) : [text];
    return parts.every((part) => field.proper?.pattern.test(part)) ? [] : [[field.key, field.proper.problem]];
  });
  return Object.fromEntries(found);
}

/** A text that nobody guesses: letters and digits, which every provider takes. */
export function invented(length = 32): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let text = "";
  while (text.length < length) {
    // What does not divide evenly is thrown away, so that no letter is likelier than another.
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < 248 && text.length < length) text += letters[byte % 62];
    }
  }
  return text;
}

/** What the daemon had against a field: its pointer is `/settings/` and the key. */
export function refusedField(fields: Record<string, string>, key: string): string | undefined {
  return fields[`settings/${key}`] ?? fields[`settings/${key.replaceAll(".", "/")}`];
}

function at(settings: Settings, key: string): unknown {
  return key.split(".").reduce<unknown>((value, part) => (typeof value === "object" && value !== null ? (value as Settings)[part] : undefined), settings);
}

function put(settings: Settings, [first = "", ...rest]: string[], value: unknown): Settings {
  const { [first]: before, ...others } = settings;
  if (rest.length === 0) return value === undefined ? others : { ...others, [first]: value };
  const inner = put(typeof before === "object" && before !== null ? (before as Settings) : {}, rest, value);
  return Object.keys(inner).length ? { ...others, [first]: inner } : others;
}

function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.join("\n");
  if (value === null || value === undefined || typeof value === "object") return undefined;
  return String(value);
}

function valueOf(field: FieldSpec, text: string): unknown {
  switch (field.kind) {
    case "number":
      return Number(text);
    case "switch":
      return text === "true";
    case "lines":
      return lines(text).map((line) => (field.key === "allowed_origins" ? line.replace(/\/$/, "") : line));
    default:
      return text;
  }
}

function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}
