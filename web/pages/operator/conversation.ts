// The open conversation: history, live messages, reply, accept, close.

import { call, reason, upload } from "../lib/api";
import { Composer } from "../lib/composer";
import { element } from "../lib/dom";
import { Outbox, type Draft } from "../lib/outbox";
import type { Realtime } from "../lib/realtime";
import { Thread } from "../lib/thread";
import { TypingLine } from "../lib/typing";
import type { Attachment, Conversation, Message, MessageStatus, Operator, Page } from "../lib/types";
import { contactName } from "./queue";

const EARLIER = 50;
const CLOSE_REASONS = { problem_solved: "Problem solved", customer_not_responding: "Customer not responding" };

export class OpenConversation {
  readonly #outbox = new Outbox((draft) => this.#send(draft), () => this.realtime.connected, () => this.#draw());
  readonly #thread = new Thread((sender) => sender !== "customer", (draft) => this.#outbox.retry(draft));
  readonly #typing = new TypingLine();
  readonly #about = element("p", { className: "state" });
  readonly #error = element("p", { className: "error", attributes: { role: "alert" } });
  readonly #accept = element("button", { type: "button", onclick: () => void this.#act("accept") }, "Accept");
  readonly #earlier = element("button", { type: "button", className: "link", hidden: true, onclick: () => void this.#readEarlier() }, "Earlier messages");
  readonly #closing: HTMLElement;
  readonly #composer = new Composer({
    send: (text) => this.#outbox.add(text),
    attach: (file) => this.#outbox.add("", file),
    typing: () => this.realtime.hint("chat:typing", { session_id: this.conversation.id, typing: true }),
  });
  readonly root: HTMLElement;
  /** What this view holds is complete up to the socket's last seq. */
  #joined = false;

  constructor(
    private conversation: Conversation,
    private readonly operator: Operator,
    private readonly realtime: Realtime,
    private readonly changed: () => void,
  ) {
    const reasons = Object.entries(CLOSE_REASONS).map(([value, label]) => element("option", { value }, label));
    const select = element("select", { attributes: { "aria-label": "Reason" } }, ...reasons);
    const close = element("button", { type: "button", className: "quiet", onclick: () => void this.#act("close", { reason: select.value }) }, "Close");
    this.#closing = element("span", { className: "actions" }, select, close);
    this.root = element(
      "section",
      { className: "conversation", attributes: { "aria-label": "Conversation" } },
      element(
        "header",
        {},
        element("div", {}, element("h2", { dir: "auto" }, contactName(conversation)), this.#about),
        element("div", { className: "actions" }, this.#accept, this.#closing),
      ),
      this.#error,
      this.#earlier,
      this.#thread.root,
      this.#typing.root,
      this.#composer.root,
    );
    this.#draw();
  }

  get id(): string {
    return this.conversation.id;
  }

  /** After every connect: what was missed, or the newest messages at the first time. */
  async ready(): Promise<void> {
    try {
      const joined = await this.realtime.join(this.id, !this.#joined);
      if (joined.reset) {
        this.#thread.clear();
        this.#earlier.hidden = (joined.messages[0]?.number ?? 1) <= 1;
      }
      this.#joined = true;
      this.#error.textContent = "";
      this.received(joined.messages);
      await this.reread();
    } catch (error) {
      this.#error.textContent = reason(error);
    }
    await this.#outbox.flush();
  }

  received(messages: Message[]): void {
    this.#thread.merge(messages);
    const last = messages.findLast((message) => message.sender_type === "customer");
    if (last) {
      this.#typing.hide();
      if (document.visibilityState === "visible") this.realtime.hint("chat:seen", { session_id: this.id, message_id: last.id });
    }
    this.#draw();
  }

  delivered(messageId: string, status: MessageStatus): void {
    this.#thread.delivered(messageId, status);
    this.#draw();
  }

  customerTypes(typing: boolean): void {
    if (typing) this.#typing.show(contactName(this.conversation));
    else this.#typing.hide();
  }

  /** State and assignee may have changed. */
  async reread(): Promise<void> {
    this.conversation = await call<Conversation>(`/conversations/${this.id}`);
    this.#draw();
  }

  async #send(draft: Draft): Promise<void> {
    const file = draft.file && (await upload<Attachment>(draft.file));
    const body = { client_id: draft.client_id, text: draft.text, ...(file && { attachments: [file.id] }) };
    const message = await call<Message>(`/conversations/${this.id}/messages`, { body });
    this.received([message]);
  }

  async #act(action: "accept" | "close", body: object = {}): Promise<void> {
    this.#error.textContent = "";
    try {
      await call(`/conversations/${this.id}/${action}`, { body });
    } catch (error) {
      this.#error.textContent = reason(error);
    }
    await this.reread().catch(() => undefined);
    this.changed();
    if (action === "accept") this.#composer.focus();
  }

  async #readEarlier(): Promise<void> {
    const first = this.#thread.messages[0];
    if (!first) return;
    try {
      const page = await call<Page<Message>>(`/conversations/${this.id}/messages?before=${first.number}&limit=${EARLIER}`);
      this.#thread.merge(page.items);
      this.#earlier.hidden = page.items.length < EARLIER;
      this.#draw();
    } catch (error) {
      this.#error.textContent = reason(error);
    }
  }

  #draw(): void {
    const { state, assignee, subject, channel } = this.conversation;
    const mine = assignee?.id === this.operator.id;
    const closed = state === "closed" || state === "archived";
    const answers = mine && !closed;
    this.#accept.hidden = closed || mine || (state !== "new" && state !== "transferred");
    this.#closing.hidden = !answers;
    this.#composer.enable(answers, answers ? "Write a message" : closed ? "This conversation is closed" : "Accept to answer");
    const owner = mine ? "yours" : assignee ? `with ${assignee.name}` : null;
    this.#about.textContent = [channel.replace("_", " "), state.replace("_", " "), owner, subject].filter(Boolean).join(" · ");
    this.#thread.draw(this.#outbox.drafts);
  }
}
