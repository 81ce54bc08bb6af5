// What is being written about: the message an answer quotes, or the one that is being changed. Set from the thread, read by
// the composer.

import { SvelteMap } from "svelte/reactivity";
import type { Message } from "$lib/api/types";

export interface Composing {
  replyTo: Message | null;
  editing: Message | null;
}

const NOTHING: Composing = { replyTo: null, editing: null };

class All {
  readonly #byConversation = new SvelteMap<string, Composing>();

  of(id: string): Composing {
    return this.#byConversation.get(id) ?? NOTHING;
  }

  replyTo(id: string, message: Message | null): void {
    this.#byConversation.set(id, { replyTo: message, editing: null });
  }

  edit(id: string, message: Message | null): void {
    this.#byConversation.set(id, { replyTo: null, editing: message });
  }
}

export const composing = new All();
