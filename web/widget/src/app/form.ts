// What is asked before a conversation, and whether it was answered well.

import type { Config, Field } from "../net/types";
import type { Key } from "../i18n/index.svelte";

/** What the form needs to know of a visitor. */
export interface Known {
  verified: boolean;
  visitor: { name: string | null; email: string | null } | null;
}

/** The fields that are not known already: nobody is asked twice (WCAG 3.3.7), and signed-in users not at all. */
export function asked(config: Config, known: Known): Field[] {
  if (known.verified) return [];
  const given: Record<string, string | null | undefined> = { name: known.visitor?.name, email: known.visitor?.email };
  return (config.pre_chat?.fields ?? []).filter((field) => !given[field.name]);
}

export function needsForm(config: Config, known: Known): boolean {
  return asked(config, known).length > 0 || (!known.verified && Boolean(config.pre_chat?.consent));
}

/** What browsers fill in by themselves (WCAG 1.3.5). */
export function autocompleteOf(field: Field): "name" | "email" | "tel" | "off" {
  if (field.name === "name") return "name";
  if (field.name === "email" || field.kind === "email") return "email";
  return field.name === "phone" || field.kind === "tel" ? "tel" : "off";
}

export function kindOf(field: Field): NonNullable<Field["kind"]> {
  if (field.kind && field.kind !== "text") return field.kind;
  return field.name === "email" ? "email" : field.name === "phone" ? "tel" : "text";
}

/** What is wrong with an answer, if anything. */
export function problemOf(field: Field, answer: string | boolean | undefined): Key | undefined {
  const text = typeof answer === "string" ? answer.trim() : "";
  if (kindOf(field) === "checkbox") return field.required && answer !== true ? "required" : undefined;
  if (!text) return field.required ? "required" : undefined;
  if (kindOf(field) === "email" && !isEmail(text)) return "bad_email";
  if (kindOf(field) === "tel" && text.replace(/\D/g, "").length < 5) return "bad_phone";
  return undefined;
}

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim());
}
