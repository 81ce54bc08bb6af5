// Reads what a message carries beside text and files (`extra`, written by the connectors). It comes from outside: what has
// another shape than expected is left out, never trusted.

import type { Message } from "$lib/api/types";
import { address } from "./linkify";

type Extra = Message["extra"] | null | undefined;
type Dict = Record<string, unknown>;

export interface Place {
  latitude: number;
  longitude: number;
  name?: string;
  address?: string;
}

export interface Card {
  name: string;
  phones: string[];
  emails: string[];
  organization?: string;
}

export interface Quoted {
  text?: string;
  from?: string;
  story: boolean;
  url?: string;
}

export interface Forwarded {
  from?: string;
  /** Microseconds. */
  at?: number;
  text?: string;
  frequently: boolean;
}

export interface Named {
  label: string;
  value: string;
}

export function locationOf(extra: Extra): Place | undefined {
  const place = dict(of(extra).location);
  if (typeof place.latitude !== "number" || typeof place.longitude !== "number") return undefined;
  if (Math.abs(place.latitude) > 90 || Math.abs(place.longitude) > 180) return undefined;
  return { latitude: place.latitude, longitude: place.longitude, ...optional({ name: text(place.name), address: text(place.address) }) };
}

/** A page with a map of it. */
export function mapOf({ latitude, longitude }: Place): string {
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
}

export function contactsOf(extra: Extra): Card[] {
  return list(of(extra).contacts).map(dict).flatMap((card) => {
    const name = text(card.name);
    if (!name) return [];
    return [{ name, phones: texts(card.phones), emails: texts(card.emails), ...optional({ organization: text(card.organization) }) }];
  });
}

export function pollOf(extra: Extra): { question: string; options: string[] } | undefined {
  const poll = dict(of(extra).poll);
  const question = text(poll.question);
  return question ? { question, options: texts(poll.options) } : undefined;
}

export function buttonsOf(extra: Extra): { title: string; url?: string }[] {
  return list(of(extra).buttons).map(dict).flatMap((button) => {
    const title = text(button.title);
    return title ? [{ title, ...optional({ url: address(text(button.url)) }) }] : [];
  });
}

export function quoteOf(extra: Extra): Quoted | undefined {
  if (!isDict(of(extra).quote)) return undefined;
  const quote = dict(of(extra).quote);
  return { story: quote.story === true, ...optional({ text: text(quote.text), from: text(quote.from), url: address(text(quote.url)) }) };
}

/** One message that was passed on, or several (VK). */
export function forwardedOf(extra: Extra): Forwarded[] {
  const told = of(extra).forwarded;
  const all = Array.isArray(told) ? told.map(dict) : isDict(told) ? [told] : [];
  return all.slice(0, 20).map((one) => ({
    frequently: one.frequently === true,
    ...optional({ from: text(one.from), text: text(one.text), at: typeof one.at === "number" ? one.at : undefined }),
  }));
}

export function referralOf(extra: Extra): { title?: string; url?: string; source?: string; reference?: string } | undefined {
  const told = of(extra).referral;
  if (!isDict(told)) return undefined;
  return optional({ title: text(told.title), url: address(text(told.url)), source: text(told.source), reference: text(told.reference) });
}

/** A shared page, a product, an article: what it is called and where it is. */
export function linkOf(extra: Extra): { title: string; url?: string; note?: string } | undefined {
  for (const key of ["link", "product", "article"]) {
    const told = dict(of(extra)[key]);
    const url = address(text(told.url));
    const title = text(told.title) ?? url;
    if (title) return { title, ...optional({ url, note: text(told.price) }) };
  }
  return undefined;
}

/** The answers of a form, what a button stood for: pairs of words. */
export function choiceOf(extra: Extra): { id: string; title: string; data: Named[] } | undefined {
  const choice = dict(of(extra).choice);
  const [id, title] = [text(choice.id) ?? "", text(choice.title) ?? ""];
  if (!id && !title) return undefined;
  return { id, title, data: pairs(choice.data) };
}

export function orderOf(extra: Extra): { facts: Named[]; items: string[] } | undefined {
  const order = of(extra).order;
  if (!isDict(order)) return undefined;
  const items = list(order.items).map(dict).map((item) => {
    const [count, what, price] = [shown(item.quantity), shown(item.product_retailer_id), shown(item.item_price)];
    return `${count || "?"} × ${what || "?"}${price ? ` · ${price} ${shown(item.currency)}` : ""}`.trim();
  });
  const facts = ["number", "total", "catalog"].flatMap((label) => (shown(order[label]) ? [{ label, value: shown(order[label]) }] : []));
  return { facts, items };
}

export function templateOf(extra: Extra): { name: string; language: string } | undefined {
  const template = dict(of(extra).template);
  const name = text(template.name);
  return name ? { name, language: text(template.language) ?? "" } : undefined;
}

export interface MailFacts {
  subject?: string;
  from?: string;
  to: string[];
  cc: string[];
  /** Pictures that are elsewhere and are not loaded unasked. */
  blockedImages: number;
  bounce: boolean;
  list: boolean;
}

/** The head of a mail; undefined for what is none. */
export function mailOf(extra: Extra): MailFacts | undefined {
  const mail = of(extra);
  if (!["subject", "message_id", "cc"].some((key) => key in mail) || !["from", "to", "subject", "cc"].some((key) => key in mail)) return undefined;
  const people = (value: unknown) => (typeof value === "string" ? [value] : texts(value));
  return {
    to: people(mail.to),
    cc: people(mail.cc),
    blockedImages: typeof mail.blocked_images === "number" && mail.blocked_images > 0 ? mail.blocked_images : 0,
    bounce: mail.is_bounce === true,
    list: mail.is_list === true,
    ...optional({ subject: text(mail.subject), from: people(mail.from)[0] }),
  };
}

/** Why something is not shown as what it is: the provider's word for it. */
export function unsupportedOf(extra: Extra): string | undefined {
  return text(of(extra).unsupported);
}

/** Ids of the operators whom a note names. */
export function mentionsOf(extra: Extra): string[] {
  return texts(of(extra).mentions);
}

export function secondsOf(extra: Extra): number | undefined {
  const seconds = of(extra).seconds;
  return typeof seconds === "number" && seconds > 0 ? seconds : undefined;
}

function of(extra: Extra): Dict {
  return dict(extra);
}

function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function dict(value: unknown): Dict {
  return isDict(value) ? value : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, 100) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function texts(value: unknown): string[] {
  return list(value).flatMap((one) => text(one) ?? []);
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : (text(value) ?? "");
}

function pairs(data: unknown): Named[] {
  if (!isDict(data)) return text(data) ? [{ label: "", value: String(data) }] : [];
  return Object.entries(data)
    .slice(0, 50)
    .map(([label, value]) => ({ label, value: typeof value === "object" ? JSON.stringify(value) : String(value) }));
}

function optional<T extends Dict>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
