// Times and sizes in the visitor's language and time zone.

import { current } from "./index.svelte";
import type { Micros } from "../net/types";

const date = (at: Micros) => new Date(at / 1000);

export function time(at: Micros): string {
  return date(at).toLocaleTimeString(current(), { hour: "numeric", minute: "2-digit" });
}

export function full(at: Micros): string {
  return date(at).toLocaleString(current(), { dateStyle: "full", timeStyle: "short" });
}

/** Which day it is, for telling days apart. */
export function dayOf(at: Micros): string {
  return date(at).toDateString();
}

/** "Today", "yesterday", or the date. */
export function day(at: Micros, now = Date.now()): string {
  const midnight = (ms: number) => new Date(ms).setHours(0, 0, 0, 0);
  const ago = Math.round((midnight(now) - midnight(at / 1000)) / 86_400_000);
  if (ago < 2) return new Intl.RelativeTimeFormat(current(), { numeric: "auto" }).format(-ago, "day");
  const year = date(at).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return date(at).toLocaleDateString(current(), { weekday: "long", day: "numeric", month: "long", year });
}

/** When the business opens: with the weekday when that is not today. */
export function opening(at: Micros, now = Date.now()): string {
  const today = date(at).toDateString() === new Date(now).toDateString();
  return date(at).toLocaleString(current(), { ...(today ? {} : { weekday: "long" }), hour: "numeric", minute: "2-digit" });
}

export function size(bytes: number): string {
  const [unit, divisor] = bytes < 1_000_000 ? (["kilobyte", 1_000] as const) : (["megabyte", 1_000_000] as const);
  return (bytes / divisor).toLocaleString(current(), { style: "unit", unit, maximumFractionDigits: 1, unitDisplay: "short" });
}
