// The lists on the left: who is waiting, and the operator's own conversations.

import { call } from "../lib/api";
import { element, sinceText } from "../lib/dom";
import type { Conversation, Page } from "../lib/types";

/** Events come in bursts; the lists are read again once after each. */
const SETTLE_MS = 150;
const SHOWN = 50;
const OWN_STATES = ["active", "awaiting_response", "transferred"];

export class Queue {
  readonly #waiting = element("ul", { className: "list" });
  readonly #own = element("ul", { className: "list" });
  readonly #error = element("p", { className: "error", attributes: { role: "status" } });
  readonly root = element(
    "nav",
    { className: "queue", attributes: { "aria-label": "Conversations" } },
    this.#error,
    element("h2", {}, "Waiting"),
    this.#waiting,
    element("h2", {}, "Mine"),
    this.#own,
  );
  #timer: ReturnType<typeof setTimeout> | undefined;
  #selected: string | null = null;

  constructor(private readonly choose: (conversation: Conversation) => void) {}

  /** Reads the lists again, soon. */
  refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), SETTLE_MS);
  }

  select(id: string | null): void {
    this.#selected = id;
    for (const button of this.root.querySelectorAll<HTMLButtonElement>("button[data-id]")) this.#mark(button);
  }

  async #read(): Promise<void> {
    try {
      const [waiting, own] = await Promise.all([
        call<Page<Conversation>>(`/conversations?state=new&limit=${SHOWN}`),
        call<Page<Conversation>>(`/conversations?assignee=me&limit=${SHOWN}`),
      ]);
      this.#error.textContent = "";
      this.#waiting.replaceChildren(...this.#entries(waiting.items, "Nobody is waiting."));
      const open = own.items.filter((conversation) => OWN_STATES.includes(conversation.state));
      this.#own.replaceChildren(...this.#entries(open, "None."));
      document.title = waiting.items.length > 0 ? `(${waiting.items.length}) Trunkline` : "Trunkline";
    } catch {
      this.#error.textContent = "The lists may be out of date.";
    }
  }

  #entries(conversations: Conversation[], none: string): HTMLElement[] {
    if (conversations.length === 0) return [element("li", { className: "quiet" }, none)];
    return conversations.map((conversation) => element("li", {}, this.#entry(conversation)));
  }

  #entry(conversation: Conversation): HTMLElement {
    const button = element(
      "button",
      { type: "button", onclick: () => this.choose(conversation) },
      element("bdi", { className: "name" }, contactName(conversation)),
      element("span", { className: "about" }, about(conversation)),
      element("bdi", { className: "last" }, conversation.last_message?.text ?? conversation.subject ?? ""),
    );
    button.dataset.id = conversation.id;
    this.#mark(button);
    return button;
  }

  #mark(button: HTMLButtonElement): void {
    if (button.dataset.id === this.#selected) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

export function contactName(conversation: Conversation): string {
  return conversation.contact.name || "Customer";
}

function about(conversation: Conversation): string {
  const waited = conversation.waiting_since ? `${sinceText(conversation.waiting_since)}` : null;
  const priority = conversation.priority === "medium" ? null : conversation.priority;
  return [conversation.channel.replace("_", " "), priority, waited].filter(Boolean).join(" · ");
}
