// Takes drafts to the daemon and back, so that what was begun in one browser is gone on with in another. Here they are kept
// whatever happens: the daemon is told when it can be reached, and what it has counts only where nothing is left to be told.

import { api, ok, Refused } from "$lib/api/client";
import type { Draft, Drafts, Kept, Mode } from "./drafts";

/** After the last key: the daemon is not told of every letter. */
const SETTLED_MS = 1_000;
const AGAIN_MS = 15_000;
export const MODES: readonly Mode[] = ["reply", "note"];

/** The daemon's side. */
export interface Remote {
  all(conversation: string): Promise<Record<Mode, Kept | null>>;
  /** Returns its `updated_at`. */
  keep(conversation: string, mode: Mode, draft: Draft): Promise<number>;
  drop(conversation: string, mode: Mode): Promise<void>;
}

/** Whose draft, and where. */
export interface Place {
  operator: string;
  conversation: string;
}

// Several people may use one browser.
export const keyOf = ({ operator, conversation }: Place): string => `${operator}.${conversation}`;

export class SharedDrafts {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #telling = new Set<string>();

  constructor(
    private readonly drafts: Drafts,
    private readonly remote: Remote,
  ) {}

  /** Writes it down here, and soon at the daemon. */
  put(place: Place, mode: Mode, draft: Draft): void {
    if (!this.drafts.put(keyOf(place), mode, draft)) return;
    // What was sent must not be offered to be sent again.
    const sent = !this.drafts.get(keyOf(place), mode);
    this.#tell(place, mode, sent ? 0 : SETTLED_MS);
  }

  /** Compares with the daemon: tells what it does not know, and returns which of those that are `free` became another here. */
  async compare(place: Place, free: (mode: Mode) => boolean): Promise<Mode[]> {
    const of = keyOf(place);
    const asked = MODES.map((mode) => this.drafts.version(of, mode));
    const kept = await this.remote.all(place.conversation).catch(() => null);
    const changed: Mode[] = [];
    for (const [index, mode] of MODES.entries()) {
      if (this.drafts.due(of, mode)) this.#tell(place, mode, 0);
      // What was written and told while the daemon was asked is newer than its answer.
      else if (kept && free(mode) && this.drafts.version(of, mode) === asked[index] && this.drafts.take(of, mode, kept[mode])) changed.push(mode);
    }
    return changed;
  }

  #tell(place: Place, mode: Mode, after: number): void {
    const name = `${mode}.${keyOf(place)}`;
    clearTimeout(this.#timers.get(name));
    this.#timers.set(name, setTimeout(() => void this.#tellNow(place, mode, name), after));
  }

  async #tellNow(place: Place, mode: Mode, name: string): Promise<void> {
    // One request of a draft at a time: the last one is to stay.
    if (this.#telling.has(name)) return this.#tell(place, mode, SETTLED_MS);
    const change = this.drafts.due(keyOf(place), mode);
    if (!change) return;
    this.#telling.add(name);
    try {
      const saved = change.draft ? await this.remote.keep(place.conversation, mode, change.draft) : await this.remote.drop(place.conversation, mode);
      this.drafts.told(keyOf(place), mode, change.at, saved ?? null);
    } catch (error) {
      // What the daemon will not have stays here.
      if (!(error instanceof Refused) || error.problem.status >= 500) this.#tell(place, mode, AGAIN_MS);
    } finally {
      this.#telling.delete(name);
    }
  }
}

export const daemon: Remote = {
  all: async (id) => {
    const { reply, note } = await ok(api.GET("/api/v1/conversations/{id}/drafts", { params: { path: { id } } }));
    return { reply: reply ?? null, note: note ?? null };
  },
  keep: async (id, kind, draft) => (await ok(api.PUT("/api/v1/conversations/{id}/drafts/{kind}", { params: { path: { id, kind } }, body: draft as never }))).updated_at,
  drop: async (id, kind) => void (await ok(api.DELETE("/api/v1/conversations/{id}/drafts/{kind}", { params: { path: { id, kind } } }))),
};
