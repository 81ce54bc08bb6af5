// Answers on their way to the daemon. Written down before they are sent, under an id made here, so that a cut line, a
// reload or an impatient second click neither loses nor doubles one; the order within a conversation is kept.

import { api, ok, Refused } from "$lib/api/client";
import { newId } from "$lib/ids";
import type { Message, NewReply } from "$lib/api/types";

/** Each answer has an entry of its own: two tabs of one browser do not write over each other, and no operator sends another's. */
const PREFIX = "trunkline.outbox.";
/** Answers kept while the daemon cannot be reached. */
const MAX_WAITING = 200;
const RETRY_MS = 3_000;
/** An answer that waited longer is looked at once more before it goes: somebody else may have answered. */
const STALE_MS = 5_000;

export interface Pending {
  conversation_id: string;
  reply: NewReply;
  /** Milliseconds since 1970. */
  at: number;
  /** Number of the last message that was known when it was written. */
  since?: number;
  /** The daemon's refusal, or that a colleague was faster; the operator decides what becomes of it. */
  refused?: string;
  /** It shall go whatever was said meanwhile. */
  anyway?: boolean;
}

/** Why a stale answer should not go without a word; null when nothing speaks against it. Throws when that cannot be known. */
export type Overtaken = (pending: Pending) => Promise<string | null>;

export class Outbox {
  pending = $state.raw<Pending[]>([]);
  #busy = new Set<string>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** `arrived` is told of each message as the daemon has stored it. */
  constructor(
    private readonly storage: Storage,
    private readonly operatorId: string,
    private readonly arrived: (message: Message) => void,
    private readonly explain: (error: unknown) => string,
    private readonly overtaken: Overtaken = async () => null,
    private readonly now: () => number = Date.now,
  ) {
    this.pending = read(storage, `${PREFIX}${operatorId}.`);
  }

  of(conversationId: string): Pending[] {
    return this.pending.filter((one) => one.conversation_id === conversationId);
  }

  /** Takes an answer and sends it as soon as it can be; `since` is the last message its writer knew. */
  send(conversationId: string, reply: Omit<NewReply, "client_id">, since?: number): void {
    if (this.pending.length >= MAX_WAITING) throw new Error("outbox full");
    const pending = { conversation_id: conversationId, reply: { ...reply, client_id: newId() } as NewReply, at: this.now(), ...(since !== undefined && { since }) };
    this.pending = [...this.pending, pending];
    this.#write(pending);
    void this.flush();
  }

  /** Tries again what was refused, under the same id. */
  again(clientId: string): void {
    this.#mark(clientId, { refused: undefined, anyway: true });
    void this.flush();
  }

  discard(clientId: string): void {
    this.pending = this.pending.filter((one) => one.reply.client_id !== clientId);
    this.storage.removeItem(this.#key(clientId));
  }

  /** What waits goes when its writer is back. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
  }

  /** Sends what waits, one conversation beside the other, each in its order. */
  async flush(): Promise<void> {
    const waiting = [...new Set(this.pending.filter((one) => !one.refused).map((one) => one.conversation_id))];
    await Promise.all(waiting.filter((id) => !this.#busy.has(id)).map((id) => this.#drain(id)));
  }

  async #drain(id: string): Promise<void> {
    this.#busy.add(id);
    try {
      for (let next = this.#next(id); next; next = this.#next(id)) {
        if (!(await this.#post(next))) break;
      }
    } finally {
      this.#busy.delete(id);
    }
  }

  #next(id: string): Pending | undefined {
    const first = this.of(id)[0];
    return this.#stopped || first?.refused ? undefined : first;
  }

  /** Whether to go on with the next one. */
  async #post(pending: Pending): Promise<boolean> {
    const { conversation_id, reply } = pending;
    try {
      const stale = pending.since !== undefined && !pending.anyway && reply.kind !== "note" && this.now() - pending.at > STALE_MS;
      const why = stale ? await this.overtaken(pending) : null;
      if (why !== null) {
        this.#mark(reply.client_id, { refused: why });
        return false;
      }
      const message = await ok(api.POST("/api/v1/conversations/{id}/messages", { params: { path: { id: conversation_id } }, body: reply }));
      this.arrived(message);
      this.discard(reply.client_id);
      return true;
    } catch (error) {
      if (error instanceof Refused && !again(error.problem.status)) {
        this.#mark(reply.client_id, { refused: this.explain(error) });
      } else if (!this.#stopped) {
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => void this.flush(), RETRY_MS);
      }
      return false;
    }
  }

  #mark(clientId: string, change: Partial<Pending>): void {
    this.pending = this.pending.map((one) => {
      if (one.reply.client_id !== clientId) return one;
      const marked = { ...one, ...change };
      this.#write(marked);
      return marked;
    });
  }

  #write(pending: Pending): void {
    this.storage.setItem(this.#key(pending.reply.client_id), JSON.stringify(pending));
  }

  #key(clientId: string): string {
    return `${PREFIX}${this.operatorId}.${clientId}`;
  }
}

/** Answers that only mean "not now". */
function again(status: number): boolean {
  return status === 429 || status >= 500;
}

/** What an earlier page has left, oldest first: ids grow with time. */
function read(storage: Storage, prefix: string): Pending[] {
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i)).filter((key): key is string => key?.startsWith(prefix) ?? false);
  return keys.sort().flatMap((key) => {
    try {
      return [JSON.parse(storage.getItem(key) ?? "") as Pending];
    } catch {
      storage.removeItem(key);
      return [];
    }
  });
}
