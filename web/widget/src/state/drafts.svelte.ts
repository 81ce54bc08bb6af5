// What waits to be sent, as this page shows it and as the next one finds it.

import type { Draft } from "./outbox";
import type { Storage } from "./storage";

export class Drafts {
  list = $state.raw<Draft[]>([]);

  constructor(private readonly storage: Storage) {
    this.list = this.#kept();
  }

  /** Other tabs keep theirs in the same place. */
  keep(drafts: Draft[]): void {
    const own = new Set([...this.list, ...drafts].map((draft) => draft.client_id));
    const others = this.#kept().filter((draft) => !own.has(draft.client_id));
    this.list = drafts;
    this.storage.set("outbox", [...others, ...drafts]);
  }

  #kept(): Draft[] {
    return this.storage.get<Draft[]>("outbox") ?? [];
  }
}
