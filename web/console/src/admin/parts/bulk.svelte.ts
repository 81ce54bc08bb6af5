// The same thing done to many, one after the other, with progress and a way to stop.

export class Bulk {
  total = $state(0);
  done = $state(0);
  failed = $state(0);
  running = $state(false);
  #stopped = false;

  /** How many did not fail. A failure of one does not stop the others. */
  async run<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
    if (this.running) return 0;
    this.total = items.length;
    this.done = 0;
    this.failed = 0;
    this.#stopped = false;
    this.running = true;
    for (const item of items) {
      if (this.#stopped) break;
      try {
        await work(item);
      } catch {
        this.failed += 1;
      }
      this.done += 1;
    }
    this.running = false;
    return this.done - this.failed;
  }

  stop(): void {
    this.#stopped = true;
  }
}
