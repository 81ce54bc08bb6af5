// A list that the daemon hands out page by page.

import { reason } from "$console/state/toasts.svelte";

interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

export class Pages<T> {
  items = $state.raw<T[]>([]);
  loading = $state(false);
  /** Nothing has been read yet. */
  fresh = $state(true);
  error = $state("");
  #next = $state<string | null>(null);
  #question = 0;

  /** `read` is asked with the cursor of the next page; without one it gives the first. */
  constructor(readonly read: (cursor: string | undefined) => Promise<Page<T>>) {}

  get hasMore(): boolean {
    return this.#next !== null;
  }

  /** From the start, for instance after a filter changed; what is on screen stays until the answer is there. */
  load(): Promise<void> {
    return this.#ask(undefined, []);
  }

  async more(): Promise<void> {
    if (this.#next !== null && !this.loading) await this.#ask(this.#next, this.items);
  }

  change(which: (item: T) => boolean, change: (item: T) => T | null): void {
    this.items = this.items.flatMap((item) => {
      if (!which(item)) return [item];
      const after = change(item);
      return after === null ? [] : [after];
    });
  }

  async #ask(cursor: string | undefined, before: T[]): Promise<void> {
    const question = ++this.#question;
    this.loading = true;
    try {
      const page = await this.read(cursor);
      if (question !== this.#question) return;
      this.items = [...before, ...page.items];
      this.#next = page.next_cursor ?? null;
      this.error = "";
      this.fresh = false;
    } catch (error) {
      if (question === this.#question) this.error = reason(error);
    } finally {
      if (question === this.#question) this.loading = false;
    }
  }
}
