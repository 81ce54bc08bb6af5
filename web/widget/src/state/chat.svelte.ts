// One visitor's talk with the business: lets the visitor in, enters the conversation, sends what is written and hears what is
// answered. What is known meanwhile is in its parts.

import { current, t } from "../i18n/index.svelte";
import { call, Unreachable } from "../net/api";
import { Realtime } from "../net/realtime";
import type { Config, Entered, Joined, Message, Session } from "../net/types";
import type { Page, User } from "../protocol";
import { Beginning } from "./beginning";
import { Connection } from "./connection.svelte";
import { Drafts } from "./drafts.svelte";
import { Identity } from "./identity.svelte";
import { Outbox, type Draft, type Pressed } from "./outbox";
import { Receipts } from "./receipts";
import type { Storage } from "./storage";
import { AT_ONCE, Thread } from "./thread.svelte";
import { Typing } from "./typing.svelte";
import { inWords } from "./words";

/** What happened, for whoever shows it elsewhere: announcer, loader. */
export type Notice = { new: Message } | { started: string } | { ended: string };

export class Chat {
  readonly identity: Identity;
  readonly drafts: Drafts;
  readonly outbox: Outbox;
  readonly thread: Thread;
  readonly connection = new Connection();
  readonly typing = new Typing();
  readonly beginning = new Beginning();
  notify: (notice: Notice) => void = () => undefined;
  /** Whoever is to be here is let in, and nobody else's words can be sent. */
  #admitted = true;
  #entered = false;
  #joined = false;
  #joining: Promise<void> | undefined;
  readonly #realtime: Realtime;
  readonly #receipts: Receipts;

  constructor(
    readonly config: Config,
    readonly storage: Storage,
  ) {
    this.thread = new Thread(storage);
    this.identity = new Identity(config.inbox_id, config.identity_required, storage);
    this.drafts = new Drafts(storage);
    this.outbox = new Outbox(this.drafts.list, (draft) => this.#send(draft), () => this.#ready(), (drafts) => this.drafts.keep(drafts), inWords);
    this.#realtime = new Realtime(() => ({ token: this.identity.token }), {
      connect: () => void this.#connected(),
      disconnect: (wait) => this.#disconnected(wait),
      refused: () => void this.#refused(),
      event: (name, body) => this.#heard(name, body as Record<string, unknown>),
    });
    this.#receipts = new Receipts(this.thread, (name, body) => this.#realtime.hint(name, body));
  }

  /** Lets the visitor in and connects; may be called again after it failed. Throws `Refused` or `Unreachable`. */
  async enter(user?: User): Promise<void> {
    if (this.#entered) return this.identify(user);
    if (this.identity.claims(user)) this.outbox.clear();
    this.#isNow(await this.identity.admit());
    this.#entered = true;
    this.#realtime.connect();
    document.addEventListener("visibilitychange", () => this.#look());
    addEventListener("focus", () => this.#look());
  }

  /** The site says who this is; conversations of that user come along. */
  async identify(user?: User): Promise<void> {
    const before = this.identity.visitor?.id;
    if (this.identity.claims(user)) this.#leave();
    const entered = await this.identity.admit();
    if (entered.visitor.id === before) return this.#isNow(entered);
    this.#forget();
    this.#isNow(entered);
    this.#realtime.again();
  }

  /** The site's user has left: nothing of them stays. */
  async reset(): Promise<void> {
    this.beginning.forget();
    this.identity.forget();
    this.#leave();
    this.#isNow(await this.identity.admit());
    this.#realtime.again();
  }

  now(): void {
    this.#realtime.now();
  }

  /** Lets go of the conversation, so that the next words begin another. */
  restart(): void {
    this.thread.clear();
    this.beginning.unchoose();
    this.#joined = false;
  }

  /** False when too much is waiting already. */
  say(text: string, files: Draft["files"] = [], pressed?: Pressed): boolean {
    this.typing.said();
    return this.outbox.add(text, files, this.thread.session?.id ?? null, pressed);
  }

  /** The visitor is writing. */
  writes(): void {
    const { session } = this.thread;
    if (this.#joined && session && this.typing.tells()) this.#realtime.hint("chat:typing", { session_id: session.id, typing: true });
  }

  /** Whether the conversation is before the visitor's eyes. */
  show(onScreen: boolean): void {
    this.#receipts.show(onScreen);
    this.#look();
  }

  async end(): Promise<void> {
    await this.#ofSession("chat:end", {});
  }

  async leaveEmail(email: string): Promise<void> {
    await this.#ofSession("chat:leave_email", { email, name: this.identity.visitor?.name ?? undefined, language: current() });
  }

  async older(): Promise<void> {
    const { session, messages } = this.thread;
    if (!session || !messages[0]) return;
    const path = `/widget/sessions/${session.id}/messages?before=${messages[0].number}&limit=${AT_ONCE}`;
    const page = await call<{ items: Message[]; next_cursor: string | null }>(path, undefined, this.identity.token);
    this.thread.addOlder(page.items, page.next_cursor !== null);
  }

  visit(page: Page): void {
    this.beginning.page = page;
    const { session } = this.thread;
    if (session && this.#joined) this.#realtime.hint("chat:page", { ...page, session_id: session.id });
  }

  #isNow({ session }: Entered): void {
    this.#admitted = true;
    this.thread.session ??= session;
  }

  /** Nothing of whoever was here is left, shown or sent, until somebody is let in. */
  #leave(): void {
    this.#admitted = false;
    this.#realtime.close();
    this.outbox.clear();
    this.#forget();
  }

  #forget(): void {
    this.restart();
    this.storage.set("talked", false);
  }

  async #connected(): Promise<void> {
    try {
      await this.#join();
    } catch (error) {
      if (error instanceof Unreachable) {
        // A line over which nothing is answered is no line.
        if (this.#realtime.connected) this.#realtime.again();
        return;
      }
      // The daemon does not know this conversation any more: the next words begin another.
      this.restart();
    }
    this.connection.up();
    if (this.beginning.page) this.visit(this.beginning.page);
    this.#look();
    await this.outbox.flush();
  }

  #disconnected(wait: number): void {
    this.#joined = false;
    this.typing.shows(null);
    this.connection.down(wait);
  }

  /** Tokens expire; with the old one a new one is had. */
  async #refused(): Promise<void> {
    await this.identity.renew().then((entered) => this.#isNow(entered), () => undefined);
  }

  #ready(): boolean {
    return this.#realtime.connected && this.#admitted && (this.thread.session === null || this.#joined);
  }

  /** Enters the conversation: only what was missed, or the newest messages. */
  #join(): Promise<void> {
    this.#joining ??= this.#joinNow().finally(() => (this.#joining = undefined));
    return this.#joining;
  }

  async #joinNow(): Promise<void> {
    const { session, after } = this.thread;
    if (!session) return;
    const joined = await this.#realtime.ask<Joined>("chat:join", { session_id: session.id, ...(after !== undefined && { after }) });
    this.#joinedTo(joined, after === undefined || joined.reset === true);
  }

  #joinedTo(joined: Joined, fresh: boolean): void {
    this.thread.session = joined.session;
    this.#joined = true;
    this.thread.advance(joined.seq);
    this.storage.set("talked", true);
    if (fresh) {
      this.thread.fresh(joined);
      this.outbox.stored(joined.messages);
    } else {
      this.#received(joined.messages);
      for (const { event, data } of joined.events) this.#heard(event, data);
    }
    this.#receipts.delivered();
    this.#look();
  }

  async #send(draft: Draft): Promise<void> {
    let id = draft.session_id;
    if (!id) {
      const started = await this.#realtime.ask<Joined & { session_id: string }>("chat:start", { client_id: draft.client_id, ...this.beginning.body() });
      id = started.session_id;
      this.#joinedTo(started, true);
      this.outbox.belongTo(id);
      this.beginning.unchoose();
      this.notify({ started: id });
    }
    const sent = await this.#realtime.ask<{ message: Message; session_id: string }>("chat:send_message", {
      session_id: id,
      client_id: draft.client_id,
      type: draft.files.length > 0 && !draft.text ? "file" : "text",
      content: draft.text,
      attachments: draft.files.map((file) => file.id),
      ...draft.pressed,
    });
    if (sent.session_id !== this.thread.session?.id) {
      // Words to a conversation that is over may have begun a new one.
      this.restart();
      this.thread.session = { id: sent.session_id, state: "new" };
      await this.#join();
      this.notify({ started: sent.session_id });
    } else if (this.thread.over) {
      await this.#join();
    }
    this.#received([sent.message]);
  }

  #heard(name: string, body: Record<string, unknown>): void {
    if (name === "server:reset") {
      this.thread.after = undefined;
      void this.#join().catch(() => undefined);
      return;
    }
    const { session } = this.thread;
    if (!session || body?.session_id !== session.id) return;
    this.thread.advance(body.seq);
    const byOthers = body.sender_type !== "customer";
    switch (name) {
      case "chat:new_message":
      case "chat:message_edited":
        return this.#received([body.message as Message]);
      case "chat:typing":
        if (byOthers) this.typing.shows(body.typing === false ? null : ((body.sender_name as string | null) ?? session.assignee?.name ?? t("someone")));
        return;
      case "chat:seen":
        return byOthers ? this.thread.operatorSaw(Number(body.number)) : this.thread.visitorSaw(Number(body.number));
      case "chat:session_assigned":
      case "chat:session_updated":
      case "chat:ended":
        return this.#changed(body.session as Session);
    }
  }

  /** Asks for something to be done with the conversation, where there is one. */
  async #ofSession(event: string, body: object): Promise<void> {
    const id = this.thread.session?.id;
    if (id) this.#changed((await this.#realtime.ask<{ session: Session }>(event, { session_id: id, ...body })).session);
  }

  #changed(session: Session): void {
    if (this.thread.change(session)) this.notify({ ended: session.id });
  }

  #received(messages: Message[]): void {
    const news = this.thread.add(messages);
    this.outbox.stored(messages);
    if (news.length > 0) this.typing.shows(null);
    for (const message of news) if (message.sender_type !== "system") this.notify({ new: message });
    this.#receipts.delivered();
    this.#look();
  }

  #look(): void {
    if (this.#joined) this.#receipts.seen();
  }
}
