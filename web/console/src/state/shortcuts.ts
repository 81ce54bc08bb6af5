// What can be done by keyboard, by what keys, and how a key press finds its action. Letters are matched by their place on
// the keyboard (`event.code`), so that `j` works on a Cyrillic or Hebrew layout as well.

import type { Key } from "$console/i18n/index.svelte";

export interface Action {
  id: string;
  label: Key;
  /** As a person reads them: `Shift+J`, `g q`, `Ctrl+K` (Ctrl is Cmd on a Mac). Empty: none. */
  keys: string;
  /** Only where an open conversation or the right to act is needed. */
  needs?: "conversation" | "waiting" | "acts" | "supervises";
}

export const ACTIONS: Action[] = [
  { id: "next", label: "shell.key_next", keys: "j" },
  { id: "previous", label: "shell.key_previous", keys: "k" },
  { id: "accept", label: "shell.key_accept", keys: "Shift+A", needs: "waiting" },
  { id: "reply", label: "shell.key_reply", keys: "r", needs: "conversation" },
  { id: "note", label: "shell.key_note", keys: "n", needs: "conversation" },
  { id: "assign", label: "shell.key_assign", keys: "a", needs: "supervises" },
  { id: "transfer", label: "shell.key_transfer", keys: "t", needs: "conversation" },
  { id: "close", label: "shell.key_close", keys: "e", needs: "conversation" },
  { id: "close_next", label: "shell.key_close_next", keys: "Shift+E", needs: "conversation" },
  { id: "tags", label: "shell.key_tags", keys: "l", needs: "conversation" },
  { id: "priority", label: "shell.key_priority", keys: "p", needs: "conversation" },
  { id: "unread", label: "shell.key_unread", keys: "u", needs: "conversation" },
  { id: "select", label: "shell.key_select", keys: "x", needs: "conversation" },
  { id: "select_all", label: "shell.key_select_all", keys: "Shift+X" },
  { id: "search", label: "shell.key_search", keys: "/" },
  { id: "palette", label: "shell.key_palette", keys: "Ctrl+K" },
  { id: "queue", label: "shell.key_queue", keys: "g q" },
  { id: "mine", label: "shell.key_mine", keys: "g i" },
  { id: "all", label: "shell.key_all", keys: "g a" },
  { id: "contacts", label: "shell.key_contacts", keys: "g c" },
  { id: "admin", label: "shell.key_admin", keys: "g s" },
  { id: "customer", label: "shell.key_customer", keys: "]", needs: "conversation" },
  { id: "list", label: "shell.key_list", keys: "[" },
  { id: "back", label: "shell.key_back", keys: "Escape" },
  { id: "help", label: "shell.key_help", keys: "?" },
];

/** How long the second key of a pair may take. */
export const PAIR_MS = 1_000;

type Press = Pick<KeyboardEvent, "code" | "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">;

/** A key press in the spelling of `Action.keys`. */
export function spell(press: Press): string {
  const letter = /^Key([A-Z])$/.exec(press.code)?.[1]?.toLowerCase();
  const sign = ({ Slash: press.shiftKey ? "?" : "/", BracketLeft: "[", BracketRight: "]" } as Record<string, string>)[press.code];
  const name = letter ?? sign ?? (/^Digit\d$/.test(press.code) ? press.code.slice(5) : press.key);
  const shift = press.shiftKey && sign === undefined;
  const parts = [(press.ctrlKey || press.metaKey) && "Ctrl", press.altKey && "Alt", shift && "Shift"].filter(Boolean);
  return [...parts, parts.length && letter ? name.toUpperCase() : name].join("+");
}

/** The keys of every action, with what the operator has changed. */
export function keymap(changed: Record<string, string>): Map<string, string> {
  return new Map(ACTIONS.map((action) => [action.id, changed[action.id] ?? action.keys] as const));
}

/** Whether a press may be a shortcut while somebody writes: only with Ctrl, Cmd or Alt, or Escape. */
export function whileWriting(spelled: string): boolean {
  return spelled === "Escape" || spelled.startsWith("Ctrl+") || spelled.startsWith("Alt+");
}

/** Finds what is pressed: at once, as the second of a pair, or not (yet). */
export class Presses {
  #first = "";
  #at = 0;

  find(press: Press, keys: Map<string, string>, nowMs: number): string | null {
    const spelled = spell(press);
    const pair = nowMs - this.#at < PAIR_MS && this.#first ? `${this.#first} ${spelled}` : "";
    this.#first = "";
    const by = (wanted: string) => (wanted ? ([...keys].find(([, set]) => set === wanted)?.[0] ?? null) : null);
    const found = by(pair) ?? by(spelled);
    if (!found && [...keys.values()].some((set) => set.startsWith(`${spelled} `))) {
      this.#first = spelled;
      this.#at = nowMs;
    }
    return found;
  }
}

/** Two actions must not share keys; the ids of those that do. */
export function clashes(keys: Map<string, string>): string[] {
  const used = [...keys].filter(([, set]) => set !== "");
  return used.filter(([id, set]) => used.some(([other, same]) => other !== id && same === set)).map(([id]) => id);
}
