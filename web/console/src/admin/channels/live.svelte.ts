// The live test of a channel: looks until everything has happened.

import { api, ok } from "$lib/api/client";
import { newId } from "$lib/ids";
import type { Message } from "$lib/api/types";
import { pick, SLACK_US } from "./live";

const LOOK_MS = 2_000;
const READ = 30;

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
