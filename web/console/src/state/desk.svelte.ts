// The desk of the operator who is signed in: everything that is known, and the one place where news arrive.

import { getContext, setContext } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import { api, ok } from "$lib/api/client";
import type { Conversation, Counts as ApiCounts, Operator } from "$lib/api/types";
import { t } from "$console/i18n/index.svelte";
import { announcer } from "./announce.svelte";
import { Conversations, nameOf } from "./conversations.svelte";
import { Directory } from "./directory.svelte";
import type { LoggedEvents } from "./events";
import { gist } from "./gist";
import { List } from "./list.svelte";
import { overtakenFor } from "./meanwhile";
import { Outbox } from "./outbox.svelte";
import { preferences } from "./preferences.svelte";
import { Realtime } from "./realtime.svelte";
import { router } from "./router.svelte";
import { Settings } from "./settings.svelte";
import { Thread } from "./thread.svelte";
import { reason } from "./toasts.svelte";
import { Typing } from "./typing.svelte";

/** Threads kept loaded; the ones not looked at for longest are let go. */
const MAX_THREADS = 20;
const COUNTS_MS = 1_000;

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
  readonly #typing = new Typing();
  /** Who has each conversation on screen, of those on screen here. */
  readonly viewers = new SvelteMap<string, { id: string; name: string }[]>();
  /** From the one not looked at for longest. */
  readonly #threads = new Map<string, Thread>();
  readonly #heard = new Set<Heard>();
  #joined = new Set<string>();
  #countsDue: ReturnType<typeof setTimeout> | undefined;

  constructor(me: Operator) {
    this.me = me;
    this.list = new List(this.conversations, () => ({ id: this.me.id, teams: this.directory.teamsOf(this.me.id), supervises: this.supervises }));
    this.outbox = new Outbox(localStorage, me.id, (message) => this.#threads.get(message.conversation_id)?.add(message), reason, overtakenFor(me.id));
    this.realtime = new Realtime({ snapshot: () => void this.#startOver(), opened: (first) => this.#opened(first) });
    this.#listen();
  }

  async start(): Promise<void> {
    this.realtime.start();
    await Promise.all([this.directory.load(), this.settings.load().catch(() => undefined), this.#loadPreferences()]);
    this.#countSoon();
    void this.outbox.flush();
  }

  /** For good: somebody else may sit down next. */
  stop(): void {
    this.realtime.stop();
    this.outbox.stop();
    this.#typing.stop();
    clearTimeout(this.#countsDue);
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
    const thread = known ?? new Thread(id);
    this.#threads.delete(id);
    this.#threads.set(id, thread);
    if (known) return known;
    const oldest = this.#threads.keys().next().value;
    if (this.#threads.size > MAX_THREADS && oldest !== undefined) this.#drop(oldest);
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
    return this.#typing.of(id).map((one) => one.name ?? t("common.customer"));
  }

  /** What a change brings, on the desk at once; whoever asked for the change tells of a failure. */
  async change(work: Promise<Conversation>): Promise<Conversation> {
    const asked = this.conversations.moment;
    const conversation = this.conversations.written(await work, asked);
    this.#moved(conversation);
    return conversation;
  }

  /** Asks how a conversation is now; it comes on the desk when it is there. */
  ask(id: string): void {
    void this.conversations.fetch(id).then((conversation) => this.#moved(conversation), () => undefined);
  }

  #moved(conversation: Conversation): void {
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
      this.#threads.get(message.conversation_id)?.put(message);
    });
    on("chat:delivery", (event) => {
      this.#threads.get(event.session_id)?.patch(event.message_id, { status: event.status });
      this.#countSoon();
    });
    on("chat:amendment", (event) => this.#threads.get(event.session_id)?.patch(event.message_id, { amendment: event.amendment }));
    on("chat:seen", (event) => {
      this.conversations.seen(event);
      this.#countSoon();
    });
    on("chat:typing", (event) => this.#typing.tell(event.session_id, { name: event.sender_name ?? null, side: event.sender_type }, event.typing));
    on("chat:viewing", ({ session_id, viewers }) => {
      this.viewers.set(session_id, viewers.filter((viewer) => viewer.id !== this.me.id));
    });
    on("agent:updated", ({ operator }) => {
      if (!operator) return;
      this.directory.putOperator(operator);
      if (operator.id === this.me.id) this.me = { ...this.me, ...operator };
    });
    on("inbox:health", () => void this.directory.loadInboxes().catch(() => undefined));
    on("contact:updated", (event) => {
      for (const contact of [event.contact, event.other]) if (contact) this.conversations.contact(contact);
    });
  }

  #session(id: string, session: Conversation | undefined): void {
    if (!session?.contact) return this.ask(id);
    this.conversations.told(session);
    this.#moved(session);
  }

  #said(event: LoggedEvents["chat:new_message"]): void {
    const { message } = event;
    const conversation = this.conversations.said(event);
    if (conversation) this.#moved(conversation);
    else this.ask(message.conversation_id);
    this.#threads.get(message.conversation_id)?.put(message);
    this.#typing.tell(message.conversation_id, { name: message.sender_name ?? null, side: message.sender_type }, false);
    if (message.client_id) this.outbox.discard(message.client_id);
    if (message.sender_type === "customer") this.#announce(event, conversation);
  }

  #announce(event: LoggedEvents["chat:new_message"], conversation: Conversation | undefined): void {
    const { message } = event;
    if (router.route.page === "conversation" && router.route.id === message.conversation_id) {
      const author = message.sender_name ?? (conversation ? nameOf(conversation.contact, t("common.customer")) : t("common.customer"));
      announcer.message(author, gist(message), (n, who) => t("thread.many_new", { n, name: who }));
    }
    for (const heard of this.#heard) heard(event, conversation);
  }

  /** What was missed is too much or too old to be told: everything on screen is read anew. */
  async #startOver(): Promise<void> {
    const forgetTheRest = this.conversations.expire();
    const open = router.route.page === "conversation" ? [this.conversations.fetch(router.route.id)] : [];
    // What cannot be read now says so where it is shown.
    await Promise.allSettled([this.list.refresh(), this.directory.load(), ...open, ...[...this.#threads.values()].map((thread) => thread.loadNewest())]);
    forgetTheRest();
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
