// The messages of one conversation that are loaded: a window without holes, usually the newest.

import { api, ok } from "$lib/api/client";
import type { Message } from "$lib/api/types";

const PAGE = 50;
/** Messages kept in a window; the far end is let go of while walking. */
const MAX_WINDOW = 2_000;

export class Thread {
  /** By number, growing, without holes between the first and the last. */
  messages = $state.raw<Message[]>([]);
  /** Older ones are there to be loaded. */
  hasOlder = $state(false);
  /** The window does not reach to the newest: somebody looks far back. */
  hasNewer = $state(false);
  loading = $state(false);
  error = $state.raw<unknown>(null);
  /** The first message nobody here had seen when the conversation was opened; marks where to begin to read. */
  unreadFrom = $state<number | null>(null);
  #question = 0;
  /** What events told while a page was on its way: the page may be older. */
  #meanwhile: (() => void)[] = [];

  constructor(readonly id: string) {}

  get newest(): number {
    return this.messages.at(-1)?.number ?? 0;
  }

  /** The newest page; drops what was there. */
  loadNewest(): Promise<void> {
    return this.#read(async () => {
      const page = await this.#page({ limit: PAGE });
      return () => {
        const read = page.items.reverse();
        // What was said while the page was on its way is newer than the page.
        const newest = read.at(-1)?.number ?? 0;
        this.messages = [...read, ...this.messages.filter((one) => !this.hasNewer && one.number > newest)];
        this.hasOlder = page.next_cursor != null;
        this.hasNewer = false;
      };
    });
  }

  async loadOlder(): Promise<void> {
    const first = this.messages[0];
    if (!first || !this.hasOlder || this.loading) return;
    await this.#read(async () => {
      const page = await this.#page({ before: first.number, limit: PAGE });
      return () => {
        const all = [...page.items.reverse(), ...this.messages];
        this.hasNewer ||= all.length > MAX_WINDOW;
        this.messages = all.slice(0, MAX_WINDOW);
        this.hasOlder = page.next_cursor != null;
      };
    });
  }

  async loadNewer(): Promise<void> {
    if (!this.hasNewer || this.loading) return;
    await this.#read(async () => {
      const page = await this.#page({ after: this.newest, limit: PAGE });
      return () => {
        const all = [...this.messages, ...page.items];
        this.hasOlder ||= all.length > MAX_WINDOW;
        this.messages = all.slice(-MAX_WINDOW);
        this.hasNewer = page.next_cursor != null;
      };
    });
  }

  /** A window around one message, to jump to it. */
  loadAround(number: number): Promise<void> {
    if (number >= (this.messages[0]?.number ?? Infinity) && number <= this.newest) return Promise.resolve();
    return this.#read(async () => {
      const [older, newer] = await Promise.all([
        this.#page({ before: number, limit: PAGE }),
        this.#page({ after: number - 1, limit: PAGE }),
      ]);
      return () => {
        this.messages = [...older.items.reverse(), ...newer.items];
        this.hasOlder = older.next_cursor != null;
        this.hasNewer = newer.next_cursor != null;
      };
    });
  }

  /** A message as an answer showed it: what events have told of it since is newer. */
  add(message: Message): void {
    if (!this.messages.some((one) => one.id === message.id)) this.put(message);
  }

  /** A message as it is now: new at the end, or changed in its place. */
  put(message: Message): void {
    if (this.loading) this.#meanwhile.push(() => this.put(message));
    const at = this.messages.findIndex((one) => one.id === message.id);
    if (at >= 0) {
      this.messages = this.messages.with(at, message);
    } else if (!this.hasNewer && message.number === this.newest + 1) {
      this.messages = [...this.messages, message];
    } else if (!this.hasNewer && message.number > this.newest && !this.loading) {
      // An own answer may overtake the news of what was said before it.
      void this.loadNewest();
    }
  }

  patch(id: string, change: Partial<Message>): void {
    if (this.loading) this.#meanwhile.push(() => this.patch(id, change));
    const at = this.messages.findIndex((one) => one.id === id);
    const before = this.messages[at];
    if (before) this.messages = this.messages.with(at, { ...before, ...change });
  }

  async #page(query: { before?: number; after?: number; limit: number }) {
    return ok(api.GET("/api/v1/conversations/{id}/messages", { params: { path: { id: this.id }, query } }));
  }

  /** `read` asks, and what it gives back puts the answer in: unless something else was asked for since. */
  async #read(read: () => Promise<() => void>): Promise<void> {
    const question = ++this.#question;
    this.loading = true;
    try {
      const take = await read();
      if (question !== this.#question) return;
      take();
      this.error = null;
    } catch (error) {
      if (question === this.#question) this.error = error;
    } finally {
      if (question === this.#question) {
        this.loading = false;
        const missed = this.#meanwhile;
        this.#meanwhile = [];
        for (const tell of missed) tell();
      }
    }
  }
}
