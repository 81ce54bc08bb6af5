// The list that opens while typing: canned responses, colleagues, emoji. The keyboard stays in the text.

import { api, ok } from "$lib/api/client";
import type { CannedResponse } from "$lib/api/types";
import type { Desk } from "$console/state/desk.svelte";
import type { Mode } from "./drafts";
import { triggerAt, type Trigger } from "./triggers";

const MOST = 8;
const WAIT_MS = 120;

export interface Option {
  id: string;
  title: string;
  detail?: string;
  /** Shown beside the list while this one is chosen. */
  preview?: string;
  /** What takes the place of the typed letters; canned responses are rendered by the daemon first. */
  insert?: string;
  canned?: CannedResponse;
}

export class Completion {
  options = $state.raw<Option[]>([]);
  active = $state(0);
  trigger = $state.raw<Trigger | null>(null);
  /** What was asked for is on its way. */
  searching = $state(false);
  #wait: ReturnType<typeof setTimeout> | undefined;
  #question = 0;
  /** Closed with Escape: stays closed until other letters ask. */
  #dismissed = "";

  constructor(private readonly desk: Desk) {}

  get open(): boolean {
    return this.trigger !== null && this.options.length > 0;
  }

  get chosen(): Option | undefined {
    return this.options[this.active];
  }

  /** Looks at the text again, after every change. */
  look(text: string, caret: number, mode: Mode): void {
    const trigger = triggerAt(text, caret, mode);
    if (!trigger || this.#dismissed === name(trigger)) {
      if (!trigger) this.#dismissed = "";
      this.#close();
      return;
    }
    if (this.trigger && name(this.trigger) !== name(trigger)) this.options = [];
    const same = this.trigger?.query === trigger.query && this.trigger.kind === trigger.kind;
    this.trigger = trigger;
    if (same && this.options.length) return;
    clearTimeout(this.#wait);
    const question = ++this.#question;
    this.searching = true;
    this.#wait = setTimeout(() => {
      void this.#find(trigger)
        .catch((): Option[] => [])
        .then((options) => {
          if (question !== this.#question) return;
          this.options = options;
          this.active = 0;
          this.searching = false;
        });
    }, trigger.kind === "mention" ? 0 : WAIT_MS);
  }

  move(by: 1 | -1): void {
    this.active = (this.active + by + this.options.length) % this.options.length;
  }

  dismiss(): void {
    if (this.trigger) this.#dismissed = name(this.trigger);
    this.#close();
  }

  #close(): void {
    clearTimeout(this.#wait);
    this.#question++;
    this.searching = false;
    this.trigger = null;
    this.options = [];
  }

  async #find({ kind, query }: Trigger): Promise<Option[]> {
    if (kind === "canned") {
      const { items } = await ok(api.GET("/api/v1/canned-responses", { params: { query: { limit: MOST, ...(query && { q: query }) } } }));
      return items.map((canned) => ({ id: canned.id, title: canned.title, detail: `/${canned.shortcut}`, preview: canned.content, canned }));
    }
    if (kind === "mention") {
      const wanted = query.toLocaleLowerCase();
      return this.desk.directory.operators
        .filter((one) => one.id !== this.desk.me.id && !one.disabled_at && one.name.toLocaleLowerCase().includes(wanted))
        .slice(0, MOST)
        .map((one) => ({ id: one.id, title: one.name, insert: `@${one.name} ` }));
    }
    const { findEmoji } = await import("./emoji");
    return (await findEmoji(query, MOST)).map((emoji) => ({ id: emoji.emoji, title: `${emoji.emoji} ${emoji.annotation}`, insert: emoji.emoji }));
  }
}

function name(trigger: Trigger): string {
  return `${trigger.kind}${trigger.from}`;
}
