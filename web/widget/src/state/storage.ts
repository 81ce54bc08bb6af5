// What the widget remembers. In its own storage where that lasts; in a frame where browsers allow none or throw it away, the
// site keeps for it what the next visit cannot do without, and the rest lives as long as the page.

/** The site around the frame, as a place to keep things in. */
export interface Site {
  /** What it has kept so far. */
  kept: Record<string, string>;
  /** Nothing removes it. */
  keep(key: string, text: string | null): void;
}

/** With the token the site could read all of it anyway; what is not sent yet (`draft`, `mail`) is none of its business. */
const ON_SITE = ["token", "user", "talked", "seen", "outbox"];

export class Storage {
  readonly #memory = new Map<string, string>();

  constructor(
    private readonly prefix: string,
    private readonly site?: Site,
  ) {
    for (const key of ON_SITE) this.told(key, site?.kept[key] ?? null);
  }

  /** Whether the site can read what is kept. */
  get onSite(): boolean {
    return this.site !== undefined;
  }

  get<T>(key: string): T | undefined {
    try {
      return JSON.parse(this.#memory.get(key) ?? localStorage.getItem(`${this.prefix}.${key}`) ?? "null") ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** Nothing (`null`) removes it. */
  set(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (this.site) this.#memory.set(key, text);
    if (this.site && ON_SITE.includes(key)) return this.site.keep(key, value === null ? null : text);
    try {
      localStorage.setItem(`${this.prefix}.${key}`, text);
    } catch {
      this.#memory.set(key, text);
    }
  }

  /** Another page of the site has kept something, or nothing any more. */
  told(key: string, text: string | null): void {
    if (!this.site) return;
    if (text === null) this.#memory.delete(key);
    else this.#memory.set(key, text);
  }

  /** Forgets everything of this inbox. */
  clear(): void {
    this.#memory.clear();
    for (const key of ON_SITE) this.site?.keep(key, null);
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith(`${this.prefix}.`)) localStorage.removeItem(name);
    } catch {
      // Nothing was stored there then.
    }
  }
}

/**
 * Whether what is stored here is there on the next visit. Frames of other sites are refused storage by some browsers, others
 * throw theirs away or part it; all of them then say that there is no access to what the site itself would store.
 */
export async function lasts(): Promise<boolean> {
  try {
    localStorage.getItem("");
    return (await document.hasStorageAccess?.()) ?? true;
  } catch {
    return false;
  }
}
