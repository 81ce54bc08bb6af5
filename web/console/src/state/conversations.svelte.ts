// Every conversation the console has heard of, once, as it is now.

import { SvelteMap } from "svelte/reactivity";
import { api, ok } from "$lib/api/client";
import type { Contact, Conversation, Message } from "$lib/api/types";
import type { Brief, LoggedEvents } from "./events";

/** Conversations kept; the ones not looked at for longest go first, and are asked for again when they come on screen. */
const MAX_KEPT = 5_000;
/** Times a conversation is asked for anew because something happened while the answer was on its way. */
const MAX_ASKED = 3;

/** A point in the order of what events have told. An answer is as old as the moment it was asked for. */
export type Moment = number;

export class Conversations {
  readonly #byId = new SvelteMap<string, Conversation>();
  readonly #asked = new Map<string, Promise<Conversation>>();
  /** From the one not looked at for longest. */
  readonly #order = new Set<string>();
  #told: Moment = 0;
  /** When each was last told of, oldest first. */
  readonly #toldAt = new Map<string, Moment>();
  /** Nothing that was asked for before is taken. */
  #expiredAt: Moment = 0;
  /** Known from before, and not renewed since. */
  #stale = new Set<string>();

  constructor(private readonly maxKept = MAX_KEPT) {}

  get(id: string): Conversation | undefined {
    if (this.#order.delete(id)) this.#order.add(id);
    return this.#byId.get(id);
  }

  /** Now: to be noted before a question is asked. */
  get moment(): Moment {
    return this.#told;
  }

  /** What an event or the answer to a change brought: nothing known is newer. */
  told(conversation: Conversation): void {
    this.#touch(conversation.id);
    this.#put(conversation);
  }

  /** What a question asked at `asked` was answered. Where an event has told of it since, the answer may be older and is not taken. */
  answered(conversation: Conversation, asked: Moment): void {
    if (!this.#toldSince(conversation.id, asked)) this.#put(conversation);
  }

  /** The answer to a change made at `asked`; newest of all unless events have told more. Returns what holds now. */
  written(conversation: Conversation, asked: Moment): Conversation {
    if (!this.#toldSince(conversation.id, asked) || !this.#byId.has(conversation.id)) this.told(conversation);
    return this.#byId.get(conversation.id) ?? conversation;
  }

  /** Those events have told of since. */
  since(asked: Moment): Conversation[] {
    return [...this.#toldAt].filter(([, at]) => at > asked).flatMap(([id]) => this.#byId.get(id) ?? []);
  }

  /** As the daemon has it now; several askers share one request. */
  fetch(id: string): Promise<Conversation> {
    const running = this.#asked.get(id);
    if (running) return running;
    const request = this.#fetch(id).finally(() => {
      if (this.#asked.get(id) === request) this.#asked.delete(id);
    });
    this.#asked.set(id, request);
    return request;
  }

  /**
   * What is known may be too old. It stays on screen until the function that comes back is called: then what nothing has
   * renewed by that time is forgotten.
   */
  expire(): () => void {
    this.#expiredAt = ++this.#told;
    this.#asked.clear();
    this.#stale = new Set(this.#byId.keys());
    return () => {
      for (const id of this.#stale) this.#forget(id);
      this.#stale.clear();
    };
  }

  said({ message, session, at }: LoggedEvents["chat:new_message"]): Conversation | undefined {
    const id = message.conversation_id;
    this.#touch(id);
    const before = this.#byId.get(id);
    if (!before || message.number <= before.last_number) return before;
    const shown = message.kind !== "note" && message.sender_type !== "system";
    return this.#patch(id, {
      last_number: message.number,
      ...(shown && { updated_at: at, last_message: lastOf(message) }),
      ...(message.sender_type === "customer" && { last_inbound_at: message.at }),
      // Whoever answers has read what came before; what was written elsewhere by the business says nothing of that.
      ...(shown && message.sender_type === "operator" && message.sender_id && readUpTo(before, message.number)),
      ...facts(session),
    });
  }

  /** A text that changed may be the one that lists show. */
  edited(message: Message): void {
    this.#touch(message.conversation_id);
    const last = this.#byId.get(message.conversation_id)?.last_message;
    if (last?.number === message.number) this.#patch(message.conversation_id, { last_message: lastOf(message) });
  }

  seen(event: LoggedEvents["chat:seen"]): void {
    this.#touch(event.session_id);
    const side = event.sender_type === "customer" ? "customer_seen" : "operator_seen";
    const before = this.#byId.get(event.session_id);
    if (!before || before[side] >= event.number) return;
    this.#patch(event.session_id, side === "operator_seen" ? readUpTo(before, event.number) : { customer_seen: event.number });
  }

  contact(contact: Contact): void {
    for (const [id, conversation] of this.#byId) {
      if (conversation.contact.id !== contact.id) continue;
      this.#touch(id);
      this.#patch(id, { contact: { ...conversation.contact, name: contact.name ?? null } });
    }
  }

  async #fetch(id: string): Promise<Conversation> {
    for (let times = 1; ; times++) {
      const asked = this.moment;
      const answer = await ok(api.GET("/api/v1/conversations/{id}", { params: { path: { id } } }));
      const meanwhile = this.#toldSince(id, asked);
      if (!meanwhile || times === MAX_ASKED) this.#put(answer);
      // Told of and known, it is as the events left it; told of and unknown, the events could not be put anywhere.
      const known = this.#byId.get(id);
      if (known && !this.#stale.has(id)) return known;
    }
  }

  #put(conversation: Conversation): void {
    const { id } = conversation;
    this.#stale.delete(id);
    this.#order.delete(id);
    this.#order.add(id);
    this.#byId.set(id, conversation);
    const oldest = this.#order.values().next().value;
    if (this.#byId.size > this.maxKept && oldest !== undefined) this.#forget(oldest);
  }

  #patch(id: string, change: Partial<Conversation>): Conversation | undefined {
    const before = this.#byId.get(id);
    if (!before) return undefined;
    const after = { ...before, ...change };
    this.#byId.set(id, after);
    return after;
  }

  #forget(id: string): void {
    this.#order.delete(id);
    this.#byId.delete(id);
  }

  #toldSince(id: string, asked: Moment): boolean {
    return Math.max(this.#toldAt.get(id) ?? 0, this.#expiredAt) > asked;
  }

  #touch(id: string): void {
    this.#toldAt.delete(id);
    this.#toldAt.set(id, ++this.#told);
    const oldest = this.#toldAt.keys().next().value;
    if (this.#toldAt.size > this.maxKept && oldest !== undefined) this.#toldAt.delete(oldest);
  }
}

function readUpTo({ operator_seen, operator_read }: Conversation, number: number): Partial<Conversation> {
  return { operator_seen: Math.max(operator_seen, number), operator_read: Math.max(operator_read, number) };
}

function lastOf({ number, kind, text, at, sender_type, deleted_at }: Message): Conversation["last_message"] {
  return { number, kind, text: deleted_at ? "" : text, at, sender_type };
}

function facts(brief: Brief | undefined): Partial<Conversation> {
  if (!brief) return {};
  return {
    ...(brief.state && { state: brief.state }),
    ...(brief.priority && { priority: brief.priority }),
    ...(brief.waiting_since !== undefined && { waiting_since: brief.waiting_since }),
    ...(brief.subject !== undefined && { subject: brief.subject }),
  };
}

/** What a customer is called; `fallback` for whom nothing is known of. */
export function nameOf(contact: Conversation["contact"] | Contact, fallback: string): string {
  return contact.name || ("handle" in contact ? contact.handle : null) || fallback;
}

export function unread(conversation: Conversation): number {
  const { last_message, last_number, operator_seen, operator_read } = conversation;
  if (last_message?.sender_type === "customer") return Math.max(0, last_number - operator_seen);
  // Marked unread, although it was answered: what of it counts is not known here.
  return operator_seen < operator_read ? 1 : 0;
}
