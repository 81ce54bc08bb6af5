// The list that is on screen: pages as they are asked for, and news put where it belongs.

import { api, ok } from "$lib/api/client";
import type { Conversation } from "$lib/api/types";
import type { Conversations } from "./conversations.svelte";
import { belongs, compare, defaultSort, query, type Filter, type Sort, type View, type Viewer } from "./views";

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
  /** What happened while a page was on its way: the page may be older. */
  #meanwhile = new Set<string>();

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
    return this.refresh();
  }

  async refresh(): Promise<void> {
    this.#question++;
    this.#cursor = null;
    await this.#read(true);
  }

  async loadMore(): Promise<void> {
    if (this.#cursor !== null && !this.loading) await this.#read(false);
  }

  /** Puts what has changed where it belongs now: into the list, elsewhere in it, or out of it. */
  place(conversation: Conversation): void {
    if (this.loading) this.#meanwhile.add(conversation.id);
    const others = this.ids.filter((id) => id !== conversation.id);
    if (!belongs(conversation, this.view, this.filter, this.viewer())) {
      if (others.length !== this.ids.length) this.ids = others;
      return;
    }
    const at = others.findIndex((id) => {
      const other = this.conversations.get(id);
      return other !== undefined && compare(conversation, other, this.sort) < 0;
    });
    // Behind the last row that is loaded it comes with its page.
    if (at < 0 && this.#cursor !== null) {
      this.ids = others;
      return;
    }
    const next = at < 0 ? [...others, conversation.id] : [...others.slice(0, at), conversation.id, ...others.slice(at)];
    if (next.some((id, i) => id !== this.ids[i])) this.ids = next;
  }

  async #read(anew: boolean): Promise<void> {
    const question = this.#question;
    this.loading = true;
    try {
      const asked = { ...query(this.view, this.filter, this.sort), limit: PAGE, ...(this.#cursor !== null && { cursor: this.#cursor }) };
      const page = await ok(api.GET("/api/v1/conversations", { params: { query: asked as object } }));
      if (question !== this.#question) return;
      for (const conversation of page.items) if (!this.#meanwhile.has(conversation.id)) this.conversations.put(conversation);
      const ids = page.items.map((conversation) => conversation.id);
      this.ids = anew ? ids : [...this.ids, ...ids.filter((id) => !this.ids.includes(id))];
      this.#cursor = page.next_cursor ?? null;
      this.error = null;
    } catch (error) {
      if (question === this.#question) this.error = error;
    } finally {
      if (question === this.#question) {
        this.loading = false;
        const happened = [...this.#meanwhile];
        this.#meanwhile.clear();
        for (const id of happened) {
          const conversation = this.conversations.get(id);
          if (conversation) this.place(conversation);
        }
      }
    }
  }
}
