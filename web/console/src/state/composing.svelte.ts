<<<<<<< HEAD
// What is being written about: the message an answer quotes, or the one that is being changed. Set from the thread, read by
// the composer.
=======
// What the composer of each conversation is about beside its text: the message that is answered, or the one that is changed.
// Chosen at the message, used by the composer.
>>>>>>> dff9e54 (Find addresses in messages, and arrange a thread in rows)

import { SvelteMap } from "svelte/reactivity";
import type { Message } from "$lib/api/types";

export interface Composing {
  replyTo: Message | null;
  editing: Message | null;
}

const NOTHING: Composing = { replyTo: null, editing: null };

<<<<<<< HEAD
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
=======
class ComposingStore {
  readonly #byConversation = new SvelteMap<string, Composing>();

  of(conversationId: string): Composing {
    return this.#byConversation.get(conversationId) ?? NOTHING;
  }

  /** The next answer quotes `message`; null lets go of it. */
  replyTo(conversationId: string, message: Message | null): void {
    this.#set(conversationId, { replyTo: message, editing: null });
  }

  /** The composer holds the text of `message` to change it; null lets go of it. */
  edit(conversationId: string, message: Message | null): void {
    this.#set(conversationId, { replyTo: null, editing: message });
  }

  clear(conversationId: string): void {
    this.#byConversation.delete(conversationId);
  }

  #set(conversationId: string, composing: Composing): void {
    if (composing.replyTo || composing.editing) this.#byConversation.set(conversationId, composing);
    else this.clear(conversationId);
  }
}

export const composing = new ComposingStore();
>>>>>>> dff9e54 (Find addresses in messages, and arrange a thread in rows)
