// Tells the daemon what the operator has seen: only the newest message, only while it is on screen in a window that has
// the focus.

import { api } from "$lib/api/client";

const WAIT_MS = 400;

export class SeenMarker {
  #told = 0;
  #due: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly conversationId: string) {}

  /** `number` is on screen now. Waits a moment: who only scrolls by has not read it. */
  saw(number: number, stillThere: () => boolean): void {
    clearTimeout(this.#due);
    if (number <= this.#told) return;
    this.#due = setTimeout(() => {
      if (!stillThere() || !document.hasFocus() || document.visibilityState !== "visible") return;
      this.#told = number;
      api.POST("/api/v1/conversations/{id}/seen", { params: { path: { id: this.conversationId } }, body: { number } }).catch(() => {
        // Told again with the next glance.
        this.#told = 0;
      });
    }, WAIT_MS);
  }

  stop(): void {
    clearTimeout(this.#due);
  }
}
