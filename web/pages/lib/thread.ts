// The list of messages of one conversation, drawn anew from what is known whenever that changes.

import { element, sizeText, timeText } from "./dom";
import type { Draft } from "./outbox";
import type { Attachment, Message, MessageStatus, SenderType } from "./types";

const STATUS_TEXT: Record<string, string> = {
  queued: "waiting",
  sent: "sent",
  delivered: "delivered",
  read: "read",
  failed: "not delivered",
  uncertain: "perhaps delivered",
  cancelled: "cancelled",
};
/** Closer to the end than this, in pixels, a reader is following and new messages scroll into view. */
const FOLLOWING = 80;

export class Thread {
  readonly root = element("div", { className: "thread", tabIndex: 0, attributes: { role: "log", "aria-live": "polite", "aria-label": "Messages" } });
  readonly #messages = new Map<string, Message>();

  /** `own` is the side whose messages stand on the right. `token` opens files for those who have no session cookie. */
  constructor(
    private readonly own: (sender: SenderType) => boolean,
    private readonly retry: (draft: Draft) => void,
    private readonly token?: () => string,
  ) {}

  /** The messages in their order. */
  get messages(): Message[] {
    return [...this.#messages.values()].sort((a, b) => a.number - b.number);
  }

  /** Adds what is new and replaces what changed; a message seen twice stays one. */
  merge(messages: readonly Message[]): void {
    for (const message of messages) this.#messages.set(message.id, message);
  }

  /** What became of a message of ours. */
  delivered(messageId: string, status: MessageStatus): void {
    const message = this.#messages.get(messageId);
    if (message) this.#messages.set(messageId, { ...message, status });
  }

  /** Forgets everything, before a fresh start. */
  clear(): void {
    this.#messages.clear();
  }

  draw(drafts: readonly Draft[]): void {
    const following = this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < FOLLOWING;
    const messages = this.messages;
    const known = new Set(messages.map((message) => message.client_id));
    this.root.replaceChildren(
      ...messages.map((message) => this.#bubble(message)),
      ...drafts.filter((draft) => !known.has(draft.client_id)).map((draft) => this.#waiting(draft)),
    );
    if (following) this.root.scrollTop = this.root.scrollHeight;
  }

  #bubble(message: Message): HTMLElement {
    if (message.sender_type === "system") return element("p", { className: "notice", dir: "auto" }, message.text ?? "");
    const own = this.own(message.sender_type);
    const status = own && message.status ? STATUS_TEXT[message.status] : undefined;
    const edited = message.edited_at ? "edited" : null;
    const about = [own ? null : message.sender_name, timeText(message.at), edited, status].filter(Boolean).join(" · ");
    const reactions = [...new Set((message.reactions ?? []).map((reaction) => reaction.emoji))].join(" ");
    if (message.deleted_at) {
      const deleted = element("p", { className: "quiet" }, "(deleted)");
      return element("article", { className: `bubble ${own ? "own" : "other"}` }, deleted, element("footer", {}, about));
    }
    return element(
      "article",
      { className: `bubble ${own ? "own" : "other"}${message.kind === "note" ? " note" : ""}` },
      message.text ? element("p", { dir: "auto" }, message.text) : null,
      ...(message.attachments ?? []).map((file) => attachment(file, this.token)),
      !message.text && !message.attachments?.length ? element("p", { className: "quiet" }, `(${message.kind})`) : null,
      element("footer", {}, about, reactions ? element("span", { className: "reactions" }, ` ${reactions}`) : null),
    );
  }

  #waiting(draft: Draft): HTMLElement {
    const failed = draft.failed !== undefined;
    return element(
      "article",
      { className: `bubble own ${failed ? "failed" : "pending"}` },
      element("p", { dir: "auto" }, draft.file ? draft.file.name : draft.text),
      element(
        "footer",
        {},
        failed ? `Not sent: ${draft.failed} ` : "sending…",
        failed && element("button", { type: "button", className: "link", onclick: () => this.retry(draft) }, "Try again"),
      ),
    );
  }
}

function attachment(file: Attachment, token?: () => string): HTMLElement {
  const target = { href: webAddress(file.url), target: "_blank", rel: "noopener noreferrer" };
  const link = element("a", { className: "attachment", ...target }, element("bdi", {}, file.name), ` (${sizeText(file.size)})`);
  if (token) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      void save(link.href, file.name, token());
    });
  }
  return link;
}

/** Fetches a file with a visitor's token, which a plain link cannot carry, and saves it. Only from this server. */
async function save(address: string, name: string, token: string): Promise<void> {
  if (new URL(address, location.origin).origin !== location.origin) return;
  const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
  if (!answer.ok) return;
  const local = URL.createObjectURL(await answer.blob());
  element("a", { href: local, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(local), 60_000);
}

// A link is only ever to this server or another web server, whatever the message says.
function webAddress(url: string): string {
  try {
    const address = new URL(url, location.origin);
    return address.protocol === "https:" || address.origin === location.origin ? address.href : "#";
  } catch {
    return "#";
  }
}
