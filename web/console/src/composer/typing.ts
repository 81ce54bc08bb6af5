// Tells others that something is being written: not more often than is worth it, and that it has ended.

const EVERY_MS = 3_000;

export class TypingHints {
  #told = -Infinity;

  constructor(
    private readonly tell: (typing: boolean) => void,
    private readonly now: () => number = Date.now,
  ) {}

  typed(): void {
    if (this.now() - this.#told < EVERY_MS) return;
    this.#told = this.now();
    this.tell(true);
  }

  stopped(): void {
    if (this.#told === -Infinity) return;
    this.#told = -Infinity;
    this.tell(false);
  }
}
