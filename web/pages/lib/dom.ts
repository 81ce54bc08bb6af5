// Making elements. Text goes in as text nodes only, so that nothing a customer writes can become markup.

import type { Micros } from "./types";

type Child = Node | string | null | undefined | false;
type Properties<K extends keyof HTMLElementTagNameMap> = Partial<Omit<HTMLElementTagNameMap[K], "style" | "children" | "attributes">> & {
  attributes?: Record<string, string>;
};

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Properties<K> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const { attributes, ...rest } = properties;
  const made = document.createElement(name);
  Object.assign(made, rest);
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return made;
}

/** A labelled input of a form. */
export function field(label: string, properties: Properties<"input">): HTMLLabelElement {
  return element("label", { className: "field" }, element("span", {}, label), element("input", properties));
}

/** Puts a page's content in place of what was there. */
export function show(...content: Node[]): void {
  const app = document.getElementById("app");
  if (!app) throw new Error("the page has no #app");
  app.replaceChildren(...content);
}

/** The hour for today, the date and the hour for other days, in the reader's language. */
export function timeText(at: Micros): string {
  const moment = new Date(at / 1000);
  if (Number.isNaN(moment.getTime())) return "";
  const today = moment.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(undefined, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(moment);
}

/** How long somebody has been waiting, in one unit. */
export function sinceText(at: Micros): string {
  const minutes = Math.max(0, Math.floor((Date.now() - at / 1000) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 60 * 24 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60 / 24)} d`;
}

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
