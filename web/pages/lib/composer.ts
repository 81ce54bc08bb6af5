// The box to write in: Enter sends, Shift+Enter breaks the line, a file can be attached.

import { element } from "./dom";

const TYPING_EVERY_MS = 3_000;
export const TEXT_LIMIT = 10_000;

export interface ComposerEvents {
  /** False keeps what was written. */
  send: (text: string) => boolean;
  attach: (file: File) => void;
  typing: () => void;
}

export class Composer {
  readonly #text = element("textarea", {
    rows: 2,
    maxLength: TEXT_LIMIT,
    placeholder: "Write a message",
    dir: "auto",
    attributes: { "aria-label": "Message" },
  });
  readonly #file = element("input", { type: "file", hidden: true });
  readonly #attach = element("button", { type: "button", className: "quiet", onclick: () => this.#file.click() }, "Attach");
  readonly #send = element("button", { type: "submit" }, "Send");
  readonly root = element("form", { className: "composer" }, this.#text, element("div", { className: "actions" }, this.#file, this.#attach, this.#send));
  #typedAt = 0;

  constructor(private readonly events: ComposerEvents) {
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("keydown", (event) => {
      // While an input method composes a character, Enter belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("input", () => this.#typing());
    this.#file.addEventListener("change", () => {
      const file = this.#file.files?.[0];
      if (file) this.events.attach(file);
      this.#file.value = "";
    });
  }

  enable(enabled: boolean, placeholder = "Write a message"): void {
    this.#text.disabled = this.#send.disabled = this.#attach.disabled = !enabled;
    this.#text.placeholder = placeholder;
  }

  focus(): void {
    this.#text.focus();
  }

  #submit(): void {
    const text = this.#text.value.trim();
    if (text === "" || !this.events.send(text)) return;
    this.#text.value = "";
    this.#typedAt = 0;
  }

  #typing(): void {
    const now = Date.now();
    if (this.#text.value === "" || now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    this.events.typing();
  }
}
