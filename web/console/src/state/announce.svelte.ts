// What screen readers are told: only news, in one polite region that exists from the start (ARIA22, ARIA23).

import { untrack } from "svelte";

/** What comes at the same moment is told in one sentence. */
const SOON_MS = 150;
/** After something was told, what comes within this time is gathered. */
const GATHER_MS = 2_000;
const MAX_SINGLE = 3;

/** The sentence for `n` messages of one author. */
type Many = (n: number, author: string) => string;

export class Announcer {
  text = $state("");
  #waiting = new Map<string, string[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** One short sentence: a result, a count, a change of state. */
  say(text: string): void {
    // The same words twice in a row would not be read twice.
    // Whoever says something in an effect must not depend on what was said.
    this.text = untrack(() => this.text) === text ? `${text}\u00a0` : text;
  }

  /** Messages come in bursts: the first is read at once, and of what follows more than three of one author are counted, not read. */
  message(author: string, text: string, many: Many): void {
    this.#waiting.set(author, [...(this.#waiting.get(author) ?? []), text]);
    this.#timer ??= setTimeout(() => this.#tell(many), SOON_MS);
  }

  #tell(many: Many): void {
    this.#timer = undefined;
    if (!this.#waiting.size) return;
    const told = [...this.#waiting].flatMap(([who, texts]) =>
      texts.length > MAX_SINGLE ? [many(texts.length, who)] : texts.map((one) => `${who}: ${one}`),
    );
    this.#waiting.clear();
    this.say(told.join(". "));
    this.#timer = setTimeout(() => this.#tell(many), GATHER_MS);
  }
}

export const announcer = new Announcer();
