// What the widget remembers, in its own (in a frame: partitioned) storage. Where a browser allows none, for as long as the page
// lives.

const fallback = new Map<string, string>();

export class Storage {
  constructor(private readonly prefix: string) {}

  get<T>(key: string): T | undefined {
    const name = `${this.prefix}.${key}`;
    try {
      return JSON.parse(localStorage.getItem(name) ?? fallback.get(name) ?? "null") ?? undefined;
    } catch {
      return undefined;
    }
  }

  set(key: string, value: unknown): void {
    const name = `${this.prefix}.${key}`;
    const text = JSON.stringify(value);
    try {
      localStorage.setItem(name, text);
    } catch {
      fallback.set(name, text);
    }
  }

  /** Forgets everything of this inbox. */
  clear(): void {
    fallback.clear();
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith(`${this.prefix}.`)) localStorage.removeItem(name);
    } catch {
      // Nothing was stored there then.
    }
  }
}
