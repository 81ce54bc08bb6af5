// Times, sizes and durations in the operator's language. The API's times are microseconds.

import type { Micros } from "$lib/api/types";
import { current, t } from "./index.svelte";

const date = (at: Micros) => new Date(at / 1000);

/** Made once for each language: making one takes far longer than using it, and every row of a list uses several. */
function once<F>(make: (language: string) => F): () => F {
  const made = new Map<string, F>();
  return () => {
    const language = current();
    const format = made.get(language) ?? make(language);
    made.set(language, format);
    return format;
  };
}

const HOUR = once((language) => new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }));
const MOMENT = once((language) => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }));
const DAY = once((language) => new Intl.DateTimeFormat(language, { day: "numeric", month: "short" }));
const LASTED = Object.fromEntries(
  (["second", "minute", "hour", "day"] as const).map((unit) => [unit, once((language) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }))]),
) as Record<"second" | "minute" | "hour" | "day", () => Intl.NumberFormat>;

/** `14:03`. */
export function clock(at: Micros): string {
  return HOUR().format(date(at));
}

/** The whole moment, for tooltips. */
export function moment(at: Micros, timeZone?: string): string {
  const format = timeZone ? new Intl.DateTimeFormat(current(), { dateStyle: "medium", timeStyle: "medium", timeZone }) : MOMENT();
  return format.format(date(at));
}

/** `Today`, `Yesterday`, or the date. */
export function day(at: Micros, now: number = Date.now()): string {
  const days = Math.round((midnight(now) - midnight(at / 1000)) / 86_400_000);
  if (days === 0) return t("common.today");
  if (days === 1) return t("common.yesterday");
  const sameYear = date(at).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(current(), { weekday: "short", day: "numeric", month: "long", ...(!sameYear && { year: "numeric" }) }).format(date(at));
}

/** The time today, else the date: for lists. */
export function shortly(at: Micros, now: number = Date.now()): string {
  if (midnight(now) === midnight(at / 1000)) return clock(at);
  return DAY().format(date(at));
}

function midnight(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** How long something has lasted: `6 min`, `2 h 5 min`, `3 d`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const unit = (value: number, unit: keyof typeof LASTED) => LASTED[unit]().format(value);
  if (s < 60) return unit(s, "second");
  if (s < 3600) return unit(Math.floor(s / 60), "minute");
  if (s < 86_400) return s % 3600 < 60 ? unit(Math.floor(s / 3600), "hour") : `${unit(Math.floor(s / 3600), "hour")} ${unit(Math.floor((s % 3600) / 60), "minute")}`;
  return unit(Math.floor(s / 86_400), "day");
}

/** Bytes for people. */
export function size(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(current(), { style: "unit", unit: units[power], unitDisplay: "short", maximumFractionDigits: 1 }).format(bytes / 1000 ** power);
}
