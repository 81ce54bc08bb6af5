// Walking the list by keyboard: the next row, the one before, and keeping the row in sight.

import type { Desk } from "$console/state/desk.svelte";
import { router } from "$console/state/router.svelte";

class Walk {
  #show: (index: number) => void = () => undefined;

  /** The list on screen says how a row is brought into sight. */
  attach(show: (index: number) => void): () => void {
    this.#show = show;
    return () => (this.#show = () => undefined);
  }

  /** Opens the row that many further; the first when none is open. */
  step(desk: Desk, by: 1 | -1): void {
    const { ids } = desk.list;
    const open = router.route.page === "conversation" ? ids.indexOf(router.route.id) : -1;
    const next = open < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, open + by));
    const id = ids[next];
    if (id === undefined) return;
    this.#show(next);
    router.open(id);
    if (next >= ids.length - 1) void desk.list.loadMore();
  }

  /** What comes after this one, for "close and go on". */
  after(desk: Desk, id: string): string | undefined {
    const { ids } = desk.list;
    const at = ids.indexOf(id);
    return ids[at + 1] ?? ids[at - 1];
  }
}

export const walk = new Walk();
