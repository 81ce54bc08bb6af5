// What screen readers are told: only news, in one polite region that exists from the start (ARIA22, ARIA23).

import { untrack } from "svelte";

const GATHER_MS = 2_000;
const MAX_SINGLE = 3;

class Announcer {
  text = $state("");
  #waiting = new Map<string, string[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** One short sentence: a result, a count, a change of state. */
  say(text: string): void {
    // The same words twice in a row would not be read twice.
    // Whoever says something in an effect must not depend on what was said.
    this.text = untrack(() => this.text) === text ? `${text}\u00a0` : text;
  }

  /** Messages of one person come in bursts: more than three within two seconds are counted, not read. */
  message(author: string, text: string, many: (n: number, author: string) => string): void {
    const said = this.#waiting.get(author) ?? [];
    this.#waiting.set(author, [...said, text]);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const told = [...this.#waiting].flatMap(([who, texts]) =>
        texts.length > MAX_SINGLE ? [many(texts.length, who)] : texts.map((one) => `${who}: ${one}`),
      );
      this.#waiting.clear();
      this.say(told.join(". "));
    }, said.length ? GATHER_MS : 150);
  }
}

export const announcer = new Announcer();
