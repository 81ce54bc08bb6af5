// How a web chat looks and greets: between its settings and the form. Source: channels/web_chat/src/{face,hours}.rs.

import type { Settings } from "../settings";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];
export const FIELD_KINDS = ["text", "email", "tel", "select", "checkbox"] as const;
/** Asked before a conversation and known to the daemon; any other name is a custom field. */
export const KNOWN_FIELDS = ["name", "email", "phone", "topic"] as const;

/** The end of a day; the browser's field for times ends a minute before. */
const MIDNIGHT = "24:00";
const LAST_MINUTE = "23:59";

export interface PreChatField {
  name: string;
  label: string;
  required: boolean;
  kind: (typeof FIELD_KINDS)[number];
  /** Of a `select`, one a line. */
  options: string;
}

export interface Look {
  greeting: { title: string; text: string; name: string };
  menu: { id: string; title: string; text: string }[];
  fields: PreChatField[];
  consent: string;
  accent: string;
  reply_time: string;
  /** Whether there are hours at all; without them it is open whenever an operator is online. */
  has_hours: boolean;
  time_zone: string;
  hours: Record<Day, { open: boolean; from: string; to: string }>;
  away_email: boolean;
  mail_inbox_id: string;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const object = (value: unknown): Settings => (typeof value === "object" && value !== null ? (value as Settings) : {});
const list = (value: unknown): Settings[] => (Array.isArray(value) ? value.map(object) : []);

export function lookOf(settings: Settings, timeZone: string): Look {
  const greeting = object(settings.greeting);
  const preChat = object(settings.pre_chat);
  const hours = object(settings.hours);
  const spans = list(hours.days);
  const day = (name: Day) => {
    const span = spans.find((one) => one.day === name);
    return [name, { open: Boolean(span), from: text(span?.from) || "09:00", to: span?.to === MIDNIGHT ? LAST_MINUTE : text(span?.to) || "18:00" }] as const;
  };
  return {
    greeting: { title: text(greeting.title), text: text(greeting.text), name: text(greeting.name) },
    menu: list(settings.menu).map((item) => ({ id: text(item.id), title: text(item.title), text: text(item.text) })),
    fields: list(preChat.fields).map((field) => ({
      name: text(field.name),
      label: text(field.label),
      required: field.required === true,
      kind: FIELD_KINDS.find((kind) => kind === field.kind) ?? "text",
      options: Array.isArray(field.options) ? field.options.join("\n") : "",
    })),
    consent: text(preChat.consent),
    accent: text(object(settings.colors).accent),
    reply_time: text(settings.reply_time),
    has_hours: spans.length > 0,
    time_zone: text(hours.time_zone) || timeZone,
    hours: Object.fromEntries(DAYS.map(day)) as Look["hours"],
    away_email: settings.away_email === true,
    mail_inbox_id: text(settings.mail_inbox_id),
  };
}

/** The settings with the look put in; what is empty is left out. */
export function withLook(before: Settings, look: Look): Settings {
  const { greeting: _g, menu: _m, pre_chat: _p, colors: _c, reply_time: _r, hours, away_email: _a, mail_inbox_id: _i, ...others } = before;
  const { title, text, name } = look.greeting;
  const fields = look.fields.map(({ options, ...field }) => ({ ...field, ...(field.kind === "select" && { options: lines(options) }) }));
  return {
    ...others,
    ...(title.trim() && { greeting: { title: title.trim(), text: text.trim(), ...(name.trim() && { name: name.trim() }) } }),
    ...(look.menu.length && { menu: look.menu.map((item) => ({ id: item.id, title: item.title.trim(), ...(item.text.trim() && { text: item.text.trim() }) })) }),
    ...((fields.length || look.consent.trim()) && { pre_chat: { fields, ...(look.consent.trim() && { consent: look.consent.trim() }) } }),
    ...(look.accent && { colors: { accent: look.accent } }),
    ...(look.reply_time.trim() && { reply_time: look.reply_time.trim() }),
    ...(look.has_hours && { hours: { time_zone: look.time_zone.trim(), days: spans(look, list(object(hours).days)) } }),
    ...(look.away_email && { away_email: true }),
    ...(look.mail_inbox_id && { mail_inbox_id: look.mail_inbox_id }),
  };
}

/** A free id for a new option or field: short, and never one that is taken. */
export function freeName(taken: readonly string[], stem: string): string {
  for (let n = 1; ; n++) if (!taken.includes(`${stem}_${n}`)) return `${stem}_${n}`;
}

/** The form knows one span a day; further ones that were set elsewhere, such as night shifts, stay. */
function spans(look: Look, before: Settings[]): Settings[] {
  return DAYS.flatMap((day) => {
    const { open, from, to } = look.hours[day];
    if (!open) return [];
    return [{ day, from, to: to === LAST_MINUTE ? MIDNIGHT : to }, ...before.filter((span) => span.day === day).slice(1)];
  });
}

function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}
