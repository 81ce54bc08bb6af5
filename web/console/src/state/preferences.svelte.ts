// How this operator likes the console. Kept with the daemon, so that it is the same on every machine; a copy in the browser
// spares the flash of the wrong theme.

import { preferred, type Language } from "$console/i18n/index.svelte";

export type Scope = "off" | "mine" | "team" | "everything";

export interface Preferences {
  language: Language;
  theme: "system" | "light" | "dark";
  density: "dense" | "comfortable";
  /** Enter sends, Shift+Enter breaks the line; otherwise Ctrl+Enter sends. */
  enter_sends: boolean;
  /** Shortcuts of a single key can be switched off (WCAG 2.1.4). */
  shortcuts: boolean;
  /** Changed shortcuts: the action's id to its keys; an empty text takes them away. */
  keys: Record<string, string>;
  notifications: { sound: Scope; desktop: Scope; push: Scope; privacy: boolean; volume: number; repeat: boolean };
}

const COPY = "trunkline.preferences";

export function defaults(): Preferences {
  return {
    language: preferred(),
    theme: "system",
    density: "dense",
    enter_sends: true,
    shortcuts: true,
    keys: {},
    notifications: { sound: "mine", desktop: "mine", push: "mine", privacy: false, volume: 0.6, repeat: false },
  };
}

/** What was kept, with everything it lacks or has wrong filled in. */
export function complete(kept: unknown): Preferences {
  const base = defaults();
  if (typeof kept !== "object" || kept === null) return base;
  const of = (value: unknown, like: unknown) => typeof value === typeof like && value !== null;
  const merged = Object.fromEntries(Object.entries(base).map(([key, value]) => {
    const given = (kept as Record<string, unknown>)[key];
    if (!of(given, value)) return [key, value];
    return [key, typeof value === "object" ? { ...value, ...(given as object) } : given];
  }));
  return merged as unknown as Preferences;
}

class Kept {
  value = $state.raw<Preferences>(complete(readCopy()));
  #save: (preferences: Preferences) => void = () => undefined;

  /** Takes what the daemon has, and tells it of every later change. */
  adopt(kept: unknown, save: (preferences: Preferences) => void): void {
    this.#save = save;
    if (typeof kept === "object" && kept !== null && Object.keys(kept).length) this.#set(complete(kept));
  }

  change(change: Partial<Preferences>): void {
    this.#set({ ...this.value, ...change });
    this.#save(this.value);
  }

  #set(value: Preferences): void {
    this.value = value;
    localStorage.setItem(COPY, JSON.stringify(value));
  }
}

function readCopy(): unknown {
  try {
    return JSON.parse(localStorage.getItem(COPY) ?? "null");
  } catch {
    return null;
  }
}

export const preferences = new Kept();
