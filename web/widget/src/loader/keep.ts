// What the frame asks the site to keep for it, where its own storage does not last (docs/widget.md, "What is stored"). Where
// the site has no storage either, nothing is kept: the frame remembers for as long as the page lives.

/** Characters of one thing. The most that is kept are the messages that wait to be sent. */
const MOST = 500_000;

export interface Keep {
  all(): Record<string, string>;
  /** Nothing removes it. */
  put(key: string, text: string | null): void;
  clear(): void;
  /** Hears what other tabs of the site change. */
  watch(changed: (key: string, text: string | null) => void): void;
}

export function keepFor(inbox: string): Keep {
  const prefix = `trunkline.${inbox}.`;
  const all = () => {
    const found: Record<string, string> = {};
    attempt(() => {
      for (const [name, text] of Object.entries(localStorage)) if (name.startsWith(prefix)) found[name.slice(prefix.length)] = text;
    });
    return found;
  };
  const put = (key: string, text: string | null) =>
    attempt(() => {
      localStorage.removeItem(prefix + key);
      if (text && text.length < MOST) localStorage.setItem(prefix + key, text);
    });
  return {
    all,
    put,
    clear: () => Object.keys(all()).forEach((key) => put(key, null)),
    watch: (changed) =>
      addEventListener("storage", ({ key, newValue }) => {
        if (key?.startsWith(prefix)) changed(key.slice(prefix.length), newValue);
      }),
  };
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // The visitor's browser allows no storage, or it is full.
  }
}
