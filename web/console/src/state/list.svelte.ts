// The list that is on screen: pages as they are asked for, and news put where it belongs.

import { api, ok } from "$lib/api/client";
import type { Conversation } from "$lib/api/types";
import type { Conversations } from "./conversations.svelte";
import { belongs, compare, defaultSort, query, sortKey, type Filter, type Sort, type SortKey, type View, type Viewer } from "./views";

const PAGE = 100;

export class List {
  view = $state<View>("queue");
  filter = $state.raw<Filter>({});
  sort = $state<Sort>("priority");
  ids = $state.raw<string[]>([]);
  loading = $state(false);
  /** Why the last page could not be read. */
  error = $state.raw<unknown>(null);
  #cursor: string | null = null;
  /** Answers of an earlier question are thrown away. */
  #question = 0;
  /** Of every row, also of those whose conversation is no longer kept. */
  readonly #keys = new Map<string, SortKey>();

  constructor(
    private readonly conversations: Conversations,
    private readonly viewer: () => Viewer,
  ) {}

  get more(): boolean {
    return this.#cursor !== null;
  }

  show(view: View, filter: Filter = {}, sort: Sort = defaultSort(view)): Promise<void> {
    this.view = view;
    this.filter = filter;
    this.sort = sort;
    this.ids = [];
    this.#keys.clear();
    this.#cursor = null;
    return this.refresh();
  }

  async refresh(): Promise<void> {
    this.#question++;
    await this.#read(true);
  }

  async loadMore(): Promise<void> {
    if (this.#cursor !== null && !this.loading) await this.#read(false);
  }

  /** Puts what has changed where it belongs now: into the list, elsewhere in it, or out of it. */
  place(conversation: Conversation): void {
    const { id } = conversation;
    const others = this.#keys.has(id) ? this.ids.filter((one) => one !== id) : this.ids;
    this.#keys.delete(id);
    if (!belongs(conversation, this.view, this.filter, this.viewer())) {
      if (others.length !== this.ids.length) this.ids = others;
      return;
    }
    const key = sortKey(conversation);
    const at = this.#indexFor(others, key);
    // Behind the last row that is loaded it comes with its page.
    if (at === others.length && this.#cursor !== null) {
      this.ids = others;
      return;
    }
    this.#keys.set(id, key);
    if (this.ids[at] !== id || others === this.ids) this.ids = [...others.slice(0, at), id, ...others.slice(at)];
  }

  /** Where it belongs among rows that are in order: halved again and again. */
  #indexFor(ids: string[], key: SortKey): number {
    let from = 0;
    let to = ids.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = this.#keys.get(ids[middle] ?? "");
      if (other && compare(other, key, this.sort) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  async #read(anew: boolean): Promise<void> {
    const question = this.#question;
    const asked = this.conversations.moment;
    this.loading = true;
    try {
      const wanted = { ...query(this.view, this.filter, this.sort), limit: PAGE, ...(!anew && { cursor: this.#cursor }) };
      const page = await ok(api.GET("/api/v1/conversations", { params: { query: wanted as object } }));
      if (question !== this.#question) return;
      if (anew) this.#keys.clear();
      const ids = page.items.map((conversation) => conversation.id).filter((id) => !this.#keys.has(id));
      for (const conversation of page.items) {
        this.conversations.answered(conversation, asked);
        if (!this.#keys.has(conversation.id)) this.#keys.set(conversation.id, sortKey(conversation));
      }
      this.ids = anew ? ids : [...this.ids, ...ids];
      this.#cursor = page.next_cursor ?? null;
      this.error = null;
      // The page may be older than what happened while it was on its way.
      for (const conversation of this.conversations.since(asked)) this.place(conversation);
    } catch (error) {
      if (question === this.#question) this.error = error;
    } finally {
      if (question === this.#question) this.loading = false;
    }
  }
}
