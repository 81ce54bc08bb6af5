// The live test of a channel: what has happened since it began, looked at until everything has.

import { api, ok } from "$lib/api/client";
import { newId } from "$lib/ids";
import type { Inbox, Message } from "$lib/api/types";

const LOOK_MS = 2_000;
/** A phone's clock may be behind: what came in counts by when it came in here, and this much before. */
const SLACK_US = 2_000_000;
const READ = 30;

export type StepState = "done" | "waiting" | "failed" | "open";

/** What the test has seen. */
export interface Seen {
  inbox: Inbox;
  inbound: Message | null;
  answer: Message | null;
}

/** The state of each step, from what has been seen. */
export function steps({ inbox, inbound, answer }: Seen): { connected: StepState; inbound: StepState; answer: StepState; delivered: StepState } {
  const line = inbox.health.state;
  return {
    connected: line === "connected" ? "done" : line === "connecting" ? "waiting" : "failed",
    inbound: inbound ? "done" : "waiting",
    answer: answer ? (answer.status === "failed" || answer.status === "cancelled" ? "failed" : answer.status === "queued" ? "waiting" : "done") : inbound ? "waiting" : "open",
    delivered: answer && (answer.status === "delivered" || answer.status === "read") ? "done" : answer ? "waiting" : "open",
  };
}

/** How long a message took from the provider's clock to ours, in seconds; null where the provider does not say. */
export function latency(message: Message): number | null {
  if (message.sent_at == null) return null;
  // Providers count whole seconds and clocks differ: it is never told to have come before it was sent.
  return Math.max(0, (message.at - message.sent_at) / 1_000_000);
}

/** The first of a customer since then, and our answer to it. */
export function pick(messages: readonly Message[], since: number): { inbound: Message | null; answer: Message | null } {
  const inbound = messages.find((one) => one.sender_type === "customer" && one.at >= since - SLACK_US) ?? null;
  const answer = inbound ? (messages.findLast((one) => one.sender_type === "operator" && one.kind !== "note" && one.number > inbound.number) ?? null) : null;
  return { inbound, answer };
}

export class LiveTest {
  inbound = $state.raw<Message | null>(null);
  answer = $state.raw<Message | null>(null);
  #since = Date.now() * 1000;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(readonly inboxId: string) {}

  start(): void {
    this.#stopped = false;
    this.#since = Date.now() * 1000;
    this.inbound = null;
    this.answer = null;
    clearTimeout(this.#timer);
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Answers from here; whoever has the conversation already keeps it. */
  async reply(text: string): Promise<void> {
    const id = this.inbound?.conversation_id;
    if (!id) return;
    await ok(api.POST("/api/v1/conversations/{id}/accept", { params: { path: { id } } })).catch(() => undefined);
    this.answer = await ok(api.POST("/api/v1/conversations/{id}/messages", { params: { path: { id } }, body: { client_id: newId(), text } }));
  }

  async #look(): Promise<void> {
    await this.#read().catch(() => undefined);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#look(), LOOK_MS);
  }

  async #read(): Promise<void> {
    let id = this.inbound?.conversation_id;
    if (!id) {
      const page = await ok(api.GET("/api/v1/conversations", { params: { query: { inbox_id: this.inboxId, sort: "recent", limit: 1 } } }));
      const newest = page.items[0];
      if (!newest || (newest.last_inbound_at ?? 0) < this.#since - SLACK_US) return;
      id = newest.id;
    }
    const page = await ok(api.GET("/api/v1/conversations/{id}/messages", { params: { path: { id }, query: { limit: READ } } }));
    const found = pick(page.items.toSorted((a, b) => a.number - b.number), this.#since);
    this.inbound = found.inbound ?? this.inbound;
    this.answer = found.answer ?? this.answer;
  }
}
