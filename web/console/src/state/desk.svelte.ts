// The desk of the operator who is signed in: everything that is known, and the one place where news arrive.

import { getContext, setContext } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import { api, ok } from "$lib/api/client";
import type { Conversation, Counts as ApiCounts, Operator } from "$lib/api/types";
import { overtakenFor } from "$console/composer/meanwhile";
import { t } from "$console/i18n/index.svelte";
import { announcer } from "./announce.svelte";
import { Conversations, nameOf } from "./conversations.svelte";
import { Directory } from "./directory.svelte";
import type { LoggedEvents } from "./events";
import { List } from "./list.svelte";
import { Outbox } from "./outbox.svelte";
import { preferences } from "./preferences.svelte";
import { Realtime } from "./realtime.svelte";
import { router } from "./router.svelte";
import { Settings } from "./settings.svelte";
import { Thread } from "./thread.svelte";
import { reason } from "./toasts.svelte";

/** Threads kept loaded; the ones not looked at for longest are let go. */
const MAX_THREADS = 20;
const COUNTS_MS = 1_000;
/** Who typed and says no more has stopped. */
const TYPING_MS = 5_000;

interface Typing {
  name: string | null;
  side: string;
  until: number;
}

export type Counts = Partial<ApiCounts>;

/** Told of every message that comes in from a customer, after it is on the desk. */
export type Heard = (event: LoggedEvents["chat:new_message"], conversation: Conversation | undefined) => void;

export class Desk {
  me = $state.raw<Operator>() as Operator;
  counts = $state.raw<Counts>({});
  readonly settings = new Settings();
  readonly directory = new Directory();
  readonly conversations = new Conversations();
  readonly list: List;
  readonly outbox: Outbox;
  readonly realtime: Realtime;
  readonly #typing = new SvelteMap<string, Typing[]>();
  /** Who has each conversation on screen, of those on screen here. */
  readonly viewers = new SvelteMap<string, { id: string; name: string }[]>();
  readonly #threads = new SvelteMap<string, Thread>();
  readonly #heard = new Set<Heard>();
  #joined = new Set<string>();
  #countsDue: ReturnType<typeof setTimeout> | undefined;

  constructor(me: Operator) {
    this.me = me;
    this.list = new List(this.conversations, () => ({ id: this.me.id, teams: this.directory.teamsOf(this.me.id), supervises: this.supervises }));
    this.outbox = new Outbox(localStorage, (message) => this.#thread(message.conversation_id)?.add(message), reason, overtakenFor(() => this.me.id));
    this.realtime = new Realtime({ snapshot: () => void this.#startOver(), opened: (first) => this.#opened(first) });
    this.#listen();
  }

  async start(): Promise<void> {
    this.realtime.start();
    await Promise.all([this.directory.load(), this.settings.load().catch(() => undefined), this.#loadPreferences()]);
    this.#countSoon();
    void this.outbox.flush();
  }

  stop(): void {
    this.realtime.stop();
  }

  get supervises(): boolean {
    return this.me.role === "supervisor" || this.me.role === "admin";
  }

  /** Auditors look, they do not touch. */
  get acts(): boolean {
    return this.me.role !== "auditor";
  }

  hear(heard: Heard): () => void {
    this.#heard.add(heard);
    return () => this.#heard.delete(heard);
  }

  /** The messages of a conversation; loads them, and is told of typing there, from the first call on. */
  thread(id: string): Thread {
    const known = this.#threads.get(id);
    if (known) return known;
    const thread = new Thread(id);
    this.#threads.set(id, thread);
    const oldest = [...this.#threads.keys()].find((other) => other !== id);
    if (this.#threads.size > MAX_THREADS && oldest) this.#drop(oldest);
    void thread.loadNewest();
    void this.#join(id);
    return thread;
  }

  /** Asks to be told who types and looks in the rows on screen. */
  watch(ids: string[]): void {
    this.realtime.hint("agent:watch", { session_ids: ids });
  }

  /** Who types in a conversation now. */
  typists(id: string): string[] {
    return (this.#typing.get(id) ?? []).map((one) => one.name ?? t("common.customer"));
  }

  #types(id: string, name: string | null, side: string, typing: boolean): void {
    this.#thread(id)?.typing(name, side, typing);
    const others = (this.#typing.get(id) ?? []).filter((one) => one.name !== name || one.side !== side);
    const until = Date.now() + TYPING_MS;
    const now = typing ? [...others, { name, side, until }] : others;
    if (now.length) this.#typing.set(id, now);
    else this.#typing.delete(id);
    if (typing) setTimeout(() => this.#typing.get(id)?.some((one) => one.until <= Date.now()) && this.#types(id, name, side, false), TYPING_MS + 50);
  }

  #thread(id: string): Thread | undefined {
    return this.#threads.get(id);
  }

  /** A conversation as it is now: from an answer or an event. */
  changed(conversation: Conversation): void {
    this.conversations.put(conversation);
    this.list.place(conversation);
    this.#countSoon();
  }

  #listen(): void {
    const on = this.realtime.on.bind(this.realtime);
    for (const name of ["chat:new_session", "chat:session_assigned", "chat:session_updated", "chat:ended"] as const) {
      on(name, (event) => this.#session(event.session_id, event.session));
    }
    on("chat:new_message", (event) => this.#said(event));
    on("chat:message_edited", ({ message }) => {
      this.conversations.edited(message);
      this.#thread(message.conversation_id)?.put(message);
    });
    on("chat:delivery", (event) => {
      this.#thread(event.session_id)?.patch(event.message_id, { status: event.status });
      this.#countSoon();
    });
    on("chat:amendment", (event) => this.#thread(event.session_id)?.patch(event.message_id, { amendment: event.amendment }));
    on("chat:seen", (event) => {
      this.conversations.seen(event);
      this.#countSoon();
    });
    on("chat:typing", (event) => this.#types(event.session_id, event.sender_name ?? null, event.sender_type, event.typing));
    on("chat:viewing", ({ session_id, viewers }) => {
      this.viewers.set(session_id, viewers.filter((viewer) => viewer.id !== this.me.id));
    });
    on("agent:updated", ({ operator }) => {
      if (!operator) return;
      this.directory.putOperator(operator);
      if (operator.id === this.me.id) this.me = { ...this.me, ...operator };
    });
    on("contact:updated", (event) => {
      for (const contact of [event.contact, event.other]) if (contact) this.conversations.contact(contact);
    });
  }

  #session(id: string, session: Conversation | undefined): void {
    if (session?.contact) this.changed(session);
    else void this.conversations.fetch(id).then((conversation) => this.changed(conversation), () => undefined);
  }

  #said(event: LoggedEvents["chat:new_message"]): void {
    const { message } = event;
    const conversation = this.conversations.said(event);
    if (conversation) this.list.place(conversation);
    else this.#session(message.conversation_id, undefined);
    this.#countSoon();
    const thread = this.#thread(message.conversation_id);
    thread?.put(message);
    this.#types(message.conversation_id, message.sender_name ?? null, message.sender_type, false);
    if (message.client_id) this.outbox.discard(message.client_id);
    if (message.sender_type === "customer") this.#announce(event, conversation);
  }

  #announce(event: LoggedEvents["chat:new_message"], conversation: Conversation | undefined): void {
    const { message } = event;
    if (router.route.page === "conversation" && router.route.id === message.conversation_id) {
      const author = message.sender_name ?? (conversation ? nameOf(conversation.contact, t("common.customer")) : t("common.customer"));
      announcer.message(author, message.text || t("common.attachment"), (n, who) => t("thread.many_new", { n, name: who }));
    }
    for (const heard of this.#heard) heard(event, conversation);
  }

  /** What was missed is too much or too old to be told: everything on screen is read anew. */
  async #startOver(): Promise<void> {
    this.conversations.clear();
    await Promise.all([this.list.refresh(), this.directory.load(), ...[...this.#threads.values()].map((thread) => thread.loadNewest())]);
    if (router.route.page === "conversation") await this.conversations.fetch(router.route.id);
    this.#countSoon();
  }

  #opened(first: boolean): void {
    this.#joined.clear();
    // What was read before the first connect may lack what happened until then: from here on the log tells.
    if (first) {
      void this.list.refresh();
      for (const thread of this.#threads.values()) void thread.loadNewest();
    }
    for (const id of this.#threads.keys()) void this.#join(id);
    void this.outbox.flush();
    this.#countSoon();
  }

  async #join(id: string): Promise<void> {
    if (this.#joined.has(id)) return;
    this.#joined.add(id);
    // Typing only: messages come with the log, and from it after a cut.
    await this.realtime.ask("chat:join", { session_id: id }).catch(() => this.#joined.delete(id));
  }

  #drop(id: string): void {
    this.#threads.delete(id);
    this.#joined.delete(id);
    this.realtime.hint("chat:leave", { session_id: id });
  }

  async #loadPreferences(): Promise<void> {
    const kept = await ok(api.GET("/api/v1/me/preferences")).catch(() => null);
    preferences.adopt(kept, (body) => void api.PUT("/api/v1/me/preferences", { body: body as never }));
  }

  /** Counts are the daemon's: one question for all that happens within a second. */
  #countSoon(): void {
    this.#countsDue ??= setTimeout(() => {
      this.#countsDue = undefined;
      void ok(api.GET("/api/v1/conversations/counts")).then((counts) => (this.counts = counts), () => undefined);
    }, COUNTS_MS);
  }
}

const KEY = Symbol("desk");

export function provideDesk(desk: Desk): void {
  setContext(KEY, desk);
}

/** The desk, inside a component of the console. */
export function useDesk(): Desk {
  return getContext<Desk>(KEY);
}
