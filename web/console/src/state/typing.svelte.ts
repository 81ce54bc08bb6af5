// Who types where. It is told without the log and may be lost, so it also ends by itself.

import { SvelteMap } from "svelte/reactivity";

/** Whoever typed and says no more has stopped. */
export const LASTS_MS = 5_000;

export interface Typist {
  /** Null for a customer who has not said a name. */
  name: string | null;
  side: string;
}

export class Typing {
  readonly #now = new SvelteMap<string, Typist[]>();
  readonly #ends = new Map<string, ReturnType<typeof setTimeout>>();

  of(conversationId: string): Typist[] {
    return this.#now.get(conversationId) ?? [];
  }

  tell(conversationId: string, who: Typist, typing: boolean): void {
    const key = JSON.stringify([conversationId, who.side, who.name]);
    clearTimeout(this.#ends.get(key));
    this.#ends.delete(key);
    const known = this.of(conversationId);
    const others = known.filter((one) => one.name !== who.name || one.side !== who.side);
    if (typing) {
      this.#ends.set(key, setTimeout(() => this.tell(conversationId, who, false), LASTS_MS));
      if (others.length === known.length) this.#now.set(conversationId, [...others, who]);
    } else if (!others.length) {
      this.#now.delete(conversationId);
    } else if (others.length < known.length) {
      this.#now.set(conversationId, others);
    }
  }

  stop(): void {
    for (const end of this.#ends.values()) clearTimeout(end);
    this.#ends.clear();
    this.#now.clear();
  }
}
