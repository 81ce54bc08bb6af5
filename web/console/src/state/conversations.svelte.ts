// Every conversation the console has heard of, once, as it is now.

import { SvelteMap } from "svelte/reactivity";
import { api, ok } from "$lib/api/client";
import type { Contact, Conversation, Message } from "$lib/api/types";
import type { Brief, LoggedEvents } from "./events";

/** Conversations kept; the ones not looked at for longest go first. */
const MAX_KEPT = 5_000;

export class Conversations {
  readonly #byId = new SvelteMap<string, Conversation>();
  readonly #asked = new Map<string, Promise<Conversation>>();

  get(id: string): Conversation | undefined {
    return this.#byId.get(id);
  }

  put(conversation: Conversation): void {
    this.#byId.set(conversation.id, conversation);
    if (this.#byId.size > MAX_KEPT) {
      const oldest = this.#byId.keys().next().value;
      if (oldest !== undefined) this.#byId.delete(oldest);
    }
  }

  patch(id: string, change: Partial<Conversation>): Conversation | undefined {
    const before = this.#byId.get(id);
    if (!before) return undefined;
    const after = { ...before, ...change };
    this.#byId.set(id, after);
    return after;
  }

  /** As the daemon has it now; several askers share one request. */
  fetch(id: string): Promise<Conversation> {
    const running = this.#asked.get(id);
    if (running) return running;
    const request = ok(api.GET("/api/v1/conversations/{id}", { params: { path: { id } } }))
      .then((conversation) => {
        this.put(conversation);
        return conversation;
      })
      .finally(() => this.#asked.delete(id));
    this.#asked.set(id, request);
    return request;
  }

  /** Forgets all: what was known is too old. */
  clear(): void {
    this.#byId.clear();
  }

  said({ message, session, at }: LoggedEvents["chat:new_message"]): Conversation | undefined {
    const id = message.conversation_id;
    const before = this.#byId.get(id);
    if (!before || message.number <= before.last_number) return before;
    const shown = message.kind !== "note" && message.kind !== "system";
    return this.patch(id, {
      last_number: message.number,
      updated_at: at,
      ...(shown && { last_message: { text: message.text, at: message.at, sender_type: message.sender_type } }),
      ...(message.sender_type === "customer" && { last_inbound_at: message.at }),
      ...facts(session),
    });
  }

  /** A text that changed may be the one that lists show. */
  edited(message: Message): void {
    const before = this.#byId.get(message.conversation_id);
    if (before?.last_message && before.last_number === message.number) {
      this.patch(before.id, { last_message: { ...before.last_message, text: message.deleted_at ? "" : message.text } });
    }
  }

  seen(event: LoggedEvents["chat:seen"]): void {
    const side = event.sender_type === "customer" ? "customer_seen" : "operator_seen";
    const before = this.#byId.get(event.session_id);
    if (before && before[side] < event.number) this.patch(event.session_id, { [side]: event.number });
  }

  contact(contact: Contact): void {
    for (const [id, conversation] of this.#byId) {
      if (conversation.contact.id !== contact.id) continue;
      this.#byId.set(id, { ...conversation, contact: { ...conversation.contact, name: contact.name ?? null } });
    }
  }
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
  return conversation.last_message?.sender_type === "customer" ? Math.max(0, conversation.last_number - conversation.operator_seen) : 0;
}
