// One visitor's conversation with the business: what is known of it, and what can be done with it.

import { current, t } from "../i18n/index.svelte";
import { call, Refused, Unreachable } from "../net/api";
import { Realtime } from "../net/realtime";
import type { Config, Entered, Joined, Message, Session } from "../net/types";
import type { Page, Up, User } from "../protocol";
import { Identity } from "./identity";
import { Outbox, type Draft } from "./outbox";
import type { Storage } from "./storage";
import { isOwn, lastOfOthers, merged, unreadAfter } from "./thread";

const TYPING_SENT_MS = 3_000;
const TYPING_SHOWN_MS = 5_000;
/** Most drops heal at once: before this nobody is bothered with them. */
const PATIENCE_MS = 1_500;
const OLDER_AT_ONCE = 50;
/** Things a site tells with `track`, kept until a conversation begins. */
const MOST_TRACKED = 20;

/** What a conversation begins with. */
export interface Beginning {
  subject?: string;
  answers?: Record<string, string | boolean>;
}

/** What happened, for whoever shows it elsewhere: announcer, loader. */
export type Notice = { new: Message } | { started: string } | { ended: string };

export class Chat {
  session = $state.raw<Session | null>(null);
  messages = $state.raw<Message[]>([]);
  drafts = $state.raw<Draft[]>([]);
  visitor = $state.raw<Entered["visitor"] | null>(null);
  verified = $state.raw(false);
  connected = $state.raw(false);
  /** Worth telling: the line is gone for longer than a moment. */
  cut = $state.raw(false);
  /** When the next try is, in milliseconds since 1970. */
  retryAt = $state.raw(0);
  typist = $state.raw<string | null>(null);
  /** There may be messages before the first one. */
  hasOlder = $state.raw(false);
  /** Number of the last message the visitor has seen; what comes after it is unread. */
  seen = $state.raw(0);
  unread = $derived(unreadAfter(this.messages, this.seen));
  over = $derived(this.session?.state === "closed" || this.session?.state === "archived");

  page: Page | undefined;
  attributes: Record<string, unknown> = {};
  notify: (notice: Notice) => void = () => undefined;
  readonly #identity: Identity;
  /** Whoever is to be here is let in, and nobody else's words can be sent. */
  #admitted = true;
  #entered = false;
  #tracked: { name: string; data?: unknown; at: number }[] = [];
  #beginning: Beginning = {};
  #onScreen = false;
  /** Event number up to which this conversation is complete here; nothing: ask for a fresh start. */
  #after: number | undefined;
  #joined = false;
  #joining: Promise<void> | undefined;
  #typedAt = 0;
  #typistTimer: ReturnType<typeof setTimeout> | undefined;
  #cutTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #outbox: Outbox;
  readonly #realtime: Realtime;

  constructor(
    readonly config: Config,
    readonly storage: Storage,
  ) {
    this.#identity = new Identity(config.inbox_id, config.identity_required, storage);
    this.drafts = this.storage.get<Draft[]>("outbox") ?? [];
    this.#outbox = new Outbox(this.drafts, (draft) => this.#send(draft), () => this.#realtime.connected && this.#ready(), (drafts) => this.#kept(drafts), inWords);
    this.#realtime = new Realtime(() => ({ token: this.#identity.token }), {
      connect: () => void this.#connected(),
      disconnect: (wait) => this.#disconnected(wait),
      refused: (code) => void this.#refused(code),
      event: (name, body) => this.#heard(name, body as Record<string, unknown>),
    });
  }

  /** Lets the visitor in and connects; may be called again after it failed. Throws `Refused` or `Unreachable`. */
  async enter(user?: User): Promise<void> {
    if (this.#entered) return this.identify(user);
    if (this.#identity.claims(user)) this.#outbox.clear();
    this.#isNow(await this.#identity.admit());
    this.#entered = true;
    this.#realtime.connect();
    document.addEventListener("visibilitychange", () => this.#look());
    addEventListener("focus", () => this.#look());
  }

  /** The site says who this is; conversations of that user come along. */
  async identify(user?: User): Promise<void> {
    const before = this.visitor?.id;
    if (this.#identity.claims(user)) this.#leave();
    const entered = await this.#identity.admit();
    if (entered.visitor.id === before) return this.#isNow(entered);
    this.#forget();
    this.#isNow(entered);
    this.#realtime.again();
  }

  /** The site's user has left: nothing of them stays. */
  async reset(): Promise<void> {
    this.attributes = {};
    this.#tracked = [];
    this.#identity.forget();
    this.#leave();
    this.#isNow(await this.#identity.admit());
    this.#realtime.again();
  }

  now(): void {
    this.#realtime.now();
  }

  /** What the next conversation begins with. */
  begin(beginning: Beginning): void {
    this.#beginning = { ...this.#beginning, ...beginning };
  }

  /** Lets go of the conversation, so that the next words begin another. */
  restart(): void {
    this.session = null;
    this.messages = [];
    this.#beginning = {};
    this.#after = undefined;
    this.#joined = false;
    this.hasOlder = false;
    this.seen = 0;
  }

  /** False when too much is waiting already. */
  say(text: string, files: Draft["files"] = []): boolean {
    this.#typedAt = 0;
    return this.#outbox.add(text, files, this.session?.id ?? null);
  }

  retry(clientId: string): void {
    this.#outbox.retry(clientId);
  }

  discard(clientId: string): void {
    this.#outbox.remove(clientId);
  }

  /** The visitor is writing. */
  writes(): void {
    const now = Date.now();
    if (!this.#joined || !this.session || now - this.#typedAt < TYPING_SENT_MS) return;
    this.#typedAt = now;
    this.#realtime.hint("chat:typing", { session_id: this.session.id, typing: true });
  }

  /** Whether the conversation is before the visitor's eyes. */
  show(onScreen: boolean): void {
    this.#onScreen = onScreen;
    this.#look();
  }

  async end(): Promise<void> {
    if (!this.session) return;
    const { session } = await this.#realtime.ask<{ session: Session }>("chat:end", { session_id: this.session.id });
    this.#changed(session);
  }

  async leaveEmail(email: string): Promise<void> {
    if (!this.session) return;
    const left = { session_id: this.session.id, email, name: this.visitor?.name ?? undefined, language: current() };
    const { session } = await this.#realtime.ask<{ session: Session }>("chat:leave_email", left);
    this.#changed(session);
  }

  async older(): Promise<void> {
    const first = this.messages[0];
    if (!this.session || !first) return;
    const path = `/widget/sessions/${this.session.id}/messages?before=${first.number}&limit=${OLDER_AT_ONCE}`;
    const page = await call<{ items: Message[]; next_cursor: string | null }>(path, undefined, this.token);
    this.messages = merged(this.messages, page.items);
    this.hasOlder = page.next_cursor !== null;
  }

  /** For requests that the visitor's browser makes itself: files. */
  get token(): string {
    return this.#identity.token;
  }

  visit(page: Page): void {
    this.page = page;
    if (this.session && this.#joined) this.#realtime.hint("chat:page", { ...page, session_id: this.session.id });
  }

  track(name: string, data?: unknown): void {
    this.#tracked = [...this.#tracked, { name, data, at: Date.now() * 1000 }].slice(-MOST_TRACKED);
  }

  /** Own messages up to this number have been read: whoever answers has read. */
  readUpTo = $derived(Math.max(this.session?.operator_seen ?? 0, this.messages.findLast((message) => message.sender_type === "operator")?.number ?? 0));

  #isNow({ visitor, identity, session }: Entered): void {
    this.#admitted = true;
    this.visitor = visitor;
    this.verified = identity === "verified";
    this.session ??= session;
  }

  /** Nothing of whoever was here is left, shown or sent, until somebody is let in. */
  #leave(): void {
    this.#admitted = false;
    this.#outbox.clear();
    this.#forget();
  }

  #forget(): void {
    this.restart();
    this.visitor = null;
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
    clearTimeout(this.#cutTimer);
    this.#cutTimer = undefined;
    this.connected = true;
    this.cut = false;
    if (this.page) this.visit(this.page);
    this.#look();
    await this.#outbox.flush();
  }

  #disconnected(wait: number): void {
    this.connected = false;
    this.#joined = false;
    this.typist = null;
    this.retryAt = Date.now() + wait;
    this.#cutTimer ??= setTimeout(() => (this.cut = true), PATIENCE_MS);
  }

  /** Tokens expire; with the old one a new one is had. */
  async #refused(_code: string): Promise<void> {
    await this.#identity.renew().then((entered) => this.#isNow(entered), () => undefined);
  }

  #ready(): boolean {
    return this.#admitted && (this.session === null || this.#joined);
  }

  /** Enters the conversation: only what was missed, or the newest messages. */
  #join(): Promise<void> {
    this.#joining ??= this.#joinNow().finally(() => (this.#joining = undefined));
    return this.#joining;
  }

  async #joinNow(): Promise<void> {
    const id = this.session?.id;
    if (!id) return;
    const after = this.#after;
    const joined = await this.#realtime.ask<Joined>("chat:join", { session_id: id, ...(after !== undefined && { after }) });
    this.#joinedTo(joined, after === undefined || joined.reset === true);
  }

  #joinedTo(joined: Joined, fresh: boolean): void {
    this.session = joined.session;
    this.#joined = true;
    this.#advance(joined.seq);
    this.storage.set("talked", true);
    if (fresh) {
      const first = this.messages.length === 0;
      this.messages = joined.messages;
      this.hasOlder = (joined.messages[0]?.number ?? 1) > 1 && joined.messages.length >= OLDER_AT_ONCE;
      if (first) this.seen = Math.max(this.seen, this.#seenBefore(joined.session.id));
      this.#settle(joined.messages);
    } else {
      this.#received(joined.messages);
      for (const { event, data } of joined.events) this.#heard(event, data);
    }
    this.#delivered();
    this.#look();
  }

  async #send(draft: Draft): Promise<void> {
    let id = draft.session_id;
    if (!id) {
      const started = await this.#realtime.ask<Joined & { session_id: string }>("chat:start", {
        client_id: draft.client_id,
        subject: this.#beginning.subject,
        answers: this.#beginning.answers ?? {},
        language: current(),
        page: this.page,
        metadata: { attributes: this.attributes, ...(this.#tracked.length > 0 && { events: this.#tracked }), browser: navigator.userAgent.slice(0, 300) },
      });
      id = started.session_id;
      this.#joinedTo(started, true);
      this.#outbox.belongTo(id);
      this.#beginning = {};
      this.notify({ started: id });
    }
    const sent = await this.#realtime.ask<{ message: Message; session_id: string }>("chat:send_message", {
      session_id: id,
      client_id: draft.client_id,
      type: draft.files.length > 0 && !draft.text ? "file" : "text",
      content: draft.text,
      attachments: draft.files.map((file) => file.id),
    });
    if (sent.session_id !== this.session?.id) {
      // Words to a conversation that is over may have begun a new one.
      this.restart();
      this.session = { id: sent.session_id, state: "new" };
      await this.#join();
      this.notify({ started: sent.session_id });
    } else if (this.over) {
      await this.#join();
    }
    this.#received([sent.message]);
  }

  #heard(name: string, body: Record<string, unknown>): void {
    if (name === "server:reset") {
      this.#after = undefined;
      void this.#join().catch(() => undefined);
      return;
    }
    if (!this.session || body?.session_id !== this.session.id) return;
    this.#advance(body.seq);
    switch (name) {
      case "chat:new_message":
      case "chat:message_edited":
        return this.#received([body.message as Message]);
      case "chat:typing":
        if (body.sender_type !== "customer") this.#typing(body.typing !== false, body.sender_name as string | null);
        return;
      case "chat:seen":
        if (body.sender_type !== "customer") this.session = { ...this.session, operator_seen: Math.max(this.readUpTo, Number(body.number)) };
        else this.#sawUpTo(Number(body.number));
        return;
      case "chat:session_assigned":
      case "chat:session_updated":
      case "chat:ended":
        return this.#changed(body.session as Session);
    }
  }

  #changed(session: Session): void {
    const ended = !this.over && session.state === "closed";
    this.session = { ...this.session, ...session };
    if (ended) this.notify({ ended: session.id });
  }

  #received(messages: Message[]): void {
    const last = this.messages.at(-1)?.number ?? 0;
    this.messages = merged(this.messages, messages);
    this.#settle(messages);
    for (const message of messages) {
      if (message.number <= last || isOwn(message) || message.deleted_at) continue;
      this.#typing(false);
      if (message.sender_type !== "system") this.notify({ new: message });
    }
    this.#delivered();
    this.#look();
  }

  /** What is stored needs no keeping here. */
  #settle(messages: readonly Message[]): void {
    for (const message of messages) if (message.client_id) this.#outbox.remove(message.client_id);
  }

  #typing(typing: boolean, name?: string | null): void {
    clearTimeout(this.#typistTimer);
    this.typist = typing ? (name ?? this.session?.assignee?.name ?? t("someone")) : null;
    if (typing) this.#typistTimer = setTimeout(() => (this.typist = null), TYPING_SHOWN_MS);
  }

  #toldDelivered = "";
  #delivered(): void {
    const last = lastOfOthers(this.messages);
    if (!last || !this.session || last.id === this.#toldDelivered || last.number <= this.seen) return;
    this.#toldDelivered = last.id;
    this.#realtime.hint("chat:delivered", { session_id: this.session.id, message_id: last.id });
  }

  /** Tells what was seen: on screen, in a window that has the focus. */
  #look(): void {
    const last = this.messages.at(-1);
    if (!last || !this.session || !this.#onScreen || document.hidden || !this.#joined || last.number <= this.seen) return;
    const unread = this.unread > 0;
    this.#sawUpTo(last.number);
    if (unread) this.#realtime.hint("chat:seen", { session_id: this.session.id, number: last.number });
  }

  #sawUpTo(number: number): void {
    if (!(number > this.seen) || !this.session) return;
    this.seen = number;
    this.storage.set("seen", { session_id: this.session.id, number });
  }

  /** On an earlier visit. */
  #seenBefore(sessionId: string): number {
    const seen = this.storage.get<{ session_id: string; number: number }>("seen");
    return seen?.session_id === sessionId ? seen.number : 0;
  }

  /** Other tabs keep theirs in the same place. */
  #kept(drafts: Draft[]): void {
    const own = new Set([...this.drafts, ...drafts].map((draft) => draft.client_id));
    const others = (this.storage.get<Draft[]>("outbox") ?? []).filter((draft) => !own.has(draft.client_id));
    this.drafts = drafts;
    this.storage.set("outbox", [...others, ...drafts]);
  }

  #advance(seq: unknown): void {
    const number = Number(seq);
    if (number > (this.#after ?? 0)) this.#after = number;
  }
}

/** Why not, in the visitor's language where we have the words. */
export function inWords(error: unknown): string {
  if (error instanceof Unreachable) return t("lost");
  if (!(error instanceof Refused)) return t("wrong", { why: String(error) });
  if (error.problem.status === 429) return t("busy");
  return t("wrong", { why: error.message });
}

/** What the loader is told of a message. */
export function told(message: Message): Extract<Up, { say: "message" }>["message"] {
  const from = message.sender_type === "assistant" ? "assistant" : "operator";
  return { id: message.id, text: message.text, from, name: message.sender_name ?? null };
}
