// Tells the other side what has arrived here and what was seen: each once.

import { lastOfOthers } from "./messages";
import type { Thread } from "./thread.svelte";

export class Receipts {
  #onScreen = false;
  #told = "";

  constructor(
    private readonly thread: Thread,
    private readonly hint: (name: string, body: object) => void,
  ) {}

  /** Whether the conversation is before the visitor's eyes. */
  show(onScreen: boolean): void {
    this.#onScreen = onScreen;
  }

  delivered(): void {
    const { session, messages, seen } = this.thread;
    const last = lastOfOthers(messages);
    if (!last || !session || last.id === this.#told || last.number <= seen) return;
    this.#told = last.id;
    this.hint("chat:delivered", { session_id: session.id, message_id: last.id });
  }

  /** Seen is what is on screen, on a page that is not hidden. */
  seen(): void {
    const { session, messages, seen, unread } = this.thread;
    const last = messages.at(-1);
    if (!last || !session || !this.#onScreen || document.hidden || last.number <= seen) return;
    this.thread.visitorSaw(last.number);
    if (unread > 0) this.hint("chat:seen", { session_id: session.id, number: last.number });
  }
}
