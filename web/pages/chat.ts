// The customer's page: one conversation with the business.

import { call, reason, Refused, upload } from "./lib/api";
import { Composer } from "./lib/composer";
import { element, show } from "./lib/dom";
import { Outbox, type Draft } from "./lib/outbox";
import { Realtime } from "./lib/realtime";
import { Thread } from "./lib/thread";
import { TypingLine } from "./lib/typing";
import type { Attachment, Message, Named, Session } from "./lib/types";

const TOKEN_KEY = "trunkline.visitor";

interface Visitor {
  token: string;
  inbox_id: string;
  session: Session | null;
}

class Chat {
  #token: string;
  #session: Session | null;
  /** What this page holds is complete up to the socket's last seq, so that a reconnect only asks for what was missed. */
  #joined = false;
  readonly #inboxId: string;
  readonly #realtime = new Realtime(() => this.#token);
  readonly #outbox = new Outbox((draft) => this.#send(draft), () => this.#realtime.connected, () => this.#draw());
  readonly #thread = new Thread((sender) => sender === "customer", (draft) => this.#outbox.retry(draft), () => this.#token);
  readonly #typing = new TypingLine();
  readonly #state = element("p", { className: "state", attributes: { role: "status" } });
  readonly #end = element("button", { type: "button", className: "quiet", hidden: true, onclick: () => void this.#finish() }, "End chat");
  readonly #composer = new Composer({
    send: (text) => this.#outbox.add(text),
    attach: (file) => this.#outbox.add("", file),
    typing: () => this.#session && this.#realtime.hint("chat:typing", { session_id: this.#session.id, typing: true }),
  });

  constructor(visitor: Visitor) {
    this.#token = visitor.token;
    this.#inboxId = visitor.inbox_id;
    this.#session = visitor.session;
  }

  start(): void {
    const heading = element("header", {}, element("div", {}, element("h1", {}, "Chat with us"), this.#state), this.#end);
    show(element("main", { className: "chat" }, heading, this.#thread.root, this.#typing.root, this.#composer.root));
    this.#draw();
    this.#composer.focus();

    this.#realtime.on("chat:new_message", (event) => this.#ours(event.session_id) && this.#received([event.message]));
    this.#realtime.on("chat:message_edited", (event) => this.#ours(event.session_id) && this.#received([event.message]));
    this.#realtime.on("chat:session_assigned", (event) => this.#ours(event.session_id) && this.#changed("active", event.assignee));
    this.#realtime.on("chat:ended", (event) => this.#ours(event.session_id) && this.#changed("closed"));
    this.#realtime.on("chat:typing", (event) => {
      if (!this.#ours(event.session_id) || event.sender_type === "customer") return;
      if (event.typing === false) this.#typing.hide();
      else this.#typing.show(this.#session?.assignee?.name ?? "The operator");
    });
    this.#realtime.connect(
      () => void this.#ready(),
      (error) => void this.#lost(error),
    );
    document.addEventListener("visibilitychange", () => this.#seen());
  }

  async #ready(): Promise<void> {
    try {
      await this.#join();
    } catch (error) {
      // A daemon that answers with a refusal does not know this conversation any more: the next message starts another.
      if (error instanceof Refused) this.#session = null;
    }
    this.#draw();
    await this.#outbox.flush();
  }

  async #lost(error?: Error): Promise<void> {
    this.#draw();
    // An expired token is the one failure that trying again does not mend.
    if (!error || !("data" in error)) return;
    try {
      this.#token = (await identify(this.#token, this.#inboxId)).token;
    } catch {
      // Told by the state line; the socket tries again.
    }
  }

  async #join(): Promise<void> {
    if (!this.#session) return;
    const joined = await this.#realtime.join(this.#session.id, !this.#joined);
    this.#session = joined.session;
    if (joined.reset) this.#thread.clear();
    this.#joined = true;
    this.#received(joined.messages);
  }

  async #send(draft: Draft): Promise<void> {
    if (!this.#session) {
      const started = await this.#realtime.ask<{ session_id: string }>("chat:start", {
        client_id: draft.client_id,
        subject: draft.text.slice(0, 80) || draft.file?.name,
        metadata: { page_url: location.href, referrer: document.referrer, language: navigator.language },
      });
      this.#session = { id: started.session_id, state: "new" };
      this.#joined = false;
      await this.#join();
    }
    const file = draft.file && (await upload<Attachment>(draft.file, this.#token));
    const sent = await this.#realtime.ask<{ message: Message; session_id?: string }>("chat:send_message", {
      session_id: this.#session.id,
      client_id: draft.client_id,
      ...(file ? { type: "file", content: file.name, attachments: [file.id] } : { type: "text", content: draft.text }),
    });
    // Writing to a closed conversation may have begun a new one.
    if (sent.session_id && sent.session_id !== this.#session.id) {
      this.#session = { id: sent.session_id, state: "new" };
      this.#joined = false;
      await this.#join();
    } else if (this.#session.state === "closed") {
      await this.#join();
    }
    this.#received([sent.message]);
  }

  async #finish(): Promise<void> {
    if (!this.#session) return;
    try {
      await this.#realtime.ask("chat:end", { session_id: this.#session.id });
      this.#changed("closed");
    } catch (error) {
      this.#state.textContent = reason(error);
    }
  }

  #received(messages: Message[]): void {
    this.#thread.merge(messages);
    if (messages.some((message) => message.sender_type !== "customer")) this.#typing.hide();
    this.#draw();
    this.#seen();
  }

  #changed(state: Session["state"], assignee?: Named | null): void {
    if (!this.#session) return;
    this.#session = { ...this.#session, state, ...(assignee !== undefined && { assignee }) };
    this.#draw();
  }

  #seen(): void {
    const last = this.#thread.messages.findLast((message) => message.sender_type !== "customer");
    if (!last || !this.#session || document.visibilityState !== "visible") return;
    this.#realtime.hint("chat:seen", { session_id: this.#session.id, message_id: last.id });
  }

  #ours(sessionId: string): boolean {
    return this.#session?.id === sessionId;
  }

  #draw(): void {
    this.#thread.draw(this.#outbox.drafts);
    this.#state.textContent = this.#stateText();
    this.#end.hidden = !this.#session || ["closed", "archived"].includes(this.#session.state);
  }

  #stateText(): string {
    if (!this.#realtime.connected) return "Connecting… what you write will be sent as soon as possible.";
    switch (this.#session?.state) {
      case undefined:
        return "Write to us. A person will answer.";
      case "new":
      case "transferred":
        return "Waiting for an operator…";
      case "closed":
      case "archived":
        return "This conversation is closed. Write again if there is more.";
      default:
        return this.#session?.assignee?.name ? `You are talking with ${this.#session.assignee.name}.` : "An operator is with you.";
    }
  }
}

async function identify(token: string | null, inboxId: string): Promise<Visitor> {
  const path = `/widget/${encodeURIComponent(inboxId)}/visitors`;
  const visitor = await call<Visitor>(path, { body: token ? { token } : {} });
  localStorage.setItem(TOKEN_KEY, visitor.token);
  return { ...visitor, inbox_id: inboxId };
}

async function open(): Promise<void> {
  try {
    const { inbox_id: inboxId } = await call<{ inbox_id: string }>("/widget/default");
    new Chat(await identify(localStorage.getItem(TOKEN_KEY), inboxId)).start();
  } catch (error) {
    const again = element("button", { type: "button", onclick: () => void open() }, "Try again");
    show(element("main", { className: "card" }, element("h1", {}, "Chat with us"), element("p", { className: "error" }, reason(error)), again));
  }
}

void open();
