// One thing done with many: how far it is, what could not be done, and a way to stop.

import { SvelteMap } from "svelte/reactivity";

export class Bulk<Item = string> {
  total = $state(0);
  done = $state(0);
  /** Those that could not be done, and why. */
  readonly failed = new SvelteMap<Item, unknown>();
  running = $state(false);
  #stopped = false;

  /** `atOnce`: requests under way at once; one, where the order matters or each is heavy. */
  constructor(private readonly atOnce = 4) {}

  /** A failure of one does not stop the others. Answers how many were done. */
  async run(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<number> {
    if (this.running) return 0;
    this.total = items.length;
    this.done = 0;
    this.failed.clear();
    this.running = true;
    this.#stopped = false;
    const waiting = items.values();
    const one = async () => {
      for (const item of waiting) {
        try {
          await work(item);
        } catch (error) {
          this.failed.set(item, error);
        }
        this.done += 1;
        // Asked here, not before: what has been taken is done.
        if (this.#stopped) return;
      }
    };
    await Promise.all(Array.from({ length: this.atOnce }, one));
    this.running = false;
    return this.done - this.failed.size;
  }

  /** What has begun is finished; nothing more is begun. */
  stop(): void {
    this.#stopped = true;
  }
}
