// One thing done with many conversations, one after the other: how far it is, and what could not be done.

import { SvelteMap } from "svelte/reactivity";

/** Requests under way at once. */
const AT_ONCE = 4;

export class Bulk {
  total = $state(0);
  done = $state(0);
  readonly failed = new SvelteMap<string, unknown>();
  running = $state(false);
  #stopped = false;

  async run(ids: readonly string[], work: (id: string) => Promise<unknown>): Promise<void> {
    this.total = ids.length;
    this.done = 0;
    this.failed.clear();
    this.running = true;
    this.#stopped = false;
    const waiting = [...ids];
    const one = async () => {
      for (let id = waiting.shift(); id !== undefined && !this.#stopped; id = waiting.shift()) {
        try {
          await work(id);
        } catch (error) {
          this.failed.set(id, error);
        }
        this.done += 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    this.running = false;
  }

  /** What has begun is finished; nothing more is begun. */
  stop(): void {
    this.#stopped = true;
  }
}
