// Who is writing: the other side, to be shown for a while, and the visitor, to be told not too often.

const TOLD_EVERY_MS = 3_000;
const SHOWN_MS = 5_000;

export class Typing {
  /** Who of the business writes now. */
  typist = $state.raw<string | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #toldAt = 0;

  /** Nobody (`null`), or somebody until they stop telling. */
  shows(typist: string | null): void {
    clearTimeout(this.#timer);
    this.typist = typist;
    if (typist !== null) this.#timer = setTimeout(() => (this.typist = null), SHOWN_MS);
  }

  /** Whether it is time to tell that the visitor writes; then it counts as told. */
  tells(): boolean {
    const now = Date.now();
    if (now - this.#toldAt < TOLD_EVERY_MS) return false;
    this.#toldAt = now;
    return true;
  }

  /** What was written is said: the next letter is told at once. */
  said(): void {
    this.#toldAt = 0;
  }
}
