// A line that says that somebody is typing, until they stopped telling so.

import { element } from "./dom";

const HIDDEN_AFTER_MS = 5_000;

export class TypingLine {
  readonly root = element("p", { className: "typing", attributes: { "aria-live": "polite" } });
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(name: string): void {
    clearTimeout(this.#timer);
    this.root.textContent = `${name} is typing…`;
    this.#timer = setTimeout(() => this.hide(), HIDDEN_AFTER_MS);
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.root.textContent = "";
  }
}
