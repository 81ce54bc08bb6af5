// What was written but not yet answered by the daemon. Sent one by one, in order, under the id made at the start: sent again
// after a lost answer, a reload or a crash, it is the same message. Other tabs of the visitor have outboxes of their own in the
// same list; that both may send one is no harm for the same reason.

import { newId } from "$lib/ids";
import { Refused } from "../net/api";
import type { Message } from "../net/types";

export interface Pressed {
  reply_to: string;
  choice: string;
}

export interface Draft {
  client_id: string;
  text: string;
  /** Ids of uploads, and how to show them meanwhile. */
  files: { id: string; name: string; content_type: string; size: number }[];
  /** The button that says it, and the message under which it is. */
  pressed?: Pressed | undefined;
  /** The conversation it was written in; none: a new one is to begin. */
  session_id: string | null;
  /** Microseconds. */
  at: number;
  /** Why it did not go; set while the writer has to decide. */
  failed?: string;
}

/** More than this is not kept: the writer is told. */
const MOST = 100;
/** Between tries while the daemon says "later". */
const LATER_MS = 3_000;

export class Outbox {
  #sending = false;
  #later: ReturnType<typeof setTimeout> | undefined;

  /**
   * `send` delivers one draft and throws when it could not; `online` tells whether trying makes sense now; `changed` runs
   * whenever the list changed, to be kept and shown.
   */
  constructor(
    private drafts: Draft[],
    private readonly send: (draft: Draft) => Promise<void>,
    private readonly online: () => boolean,
    private readonly changed: (drafts: Draft[]) => void,
    private readonly words: (error: Refused) => string = (error) => error.message,
  ) {}

  /** False when too much is waiting already. */
  add(text: string, files: Draft["files"], sessionId: string | null, pressed?: Pressed): boolean {
    if (this.drafts.length >= MOST) return false;
    const draft = { client_id: newId(), text, files, pressed, session_id: sessionId, at: Date.now() * 1000 };
    this.#change([...this.drafts, draft]);
    void this.flush();
    return true;
  }

  retry(clientId: string): void {
    this.#change(this.drafts.map(({ failed, ...draft }) => (draft.client_id === clientId || !failed ? draft : { ...draft, failed })));
    void this.flush();
  }

  /** Takes it out: thrown away, or seen stored. */
  remove(clientId: string): void {
    const left = this.drafts.filter((draft) => draft.client_id !== clientId);
    if (left.length !== this.drafts.length) this.#change(left);
  }

  /** What the daemon has needs no keeping here. */
  stored(messages: readonly Pick<Message, "client_id">[]): void {
    for (const { client_id } of messages) if (client_id) this.remove(client_id);
  }

  clear(): void {
    this.#change([]);
  }

  /** What is written without a conversation yet goes into this one. */
  belongTo(sessionId: string): void {
    if (this.drafts.some((draft) => draft.session_id === null)) {
      this.#change(this.drafts.map((draft) => ({ ...draft, session_id: draft.session_id ?? sessionId })));
    }
  }

  /** Call after every connect. Does nothing while it runs already. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#later);
    try {
      for (let draft = this.#next(); draft && this.online(); draft = this.#next()) {
        if (!(await this.#try(draft))) break;
      }
    } finally {
      this.#sending = false;
    }
  }

  // A failed one holds back those after it, or an answer could overtake what it answers.
  #next(): Draft | undefined {
    const first = this.drafts[0];
    return first?.failed === undefined ? first : undefined;
  }

  async #try(draft: Draft): Promise<boolean> {
    try {
      await this.send(draft);
      this.remove(draft.client_id);
      return true;
    } catch (error) {
      if (error instanceof Refused && !error.temporary) {
        const failed = this.words(error);
        this.#change(this.drafts.map((other) => (other.client_id === draft.client_id ? { ...other, failed } : other)));
      } else {
        this.#later = setTimeout(() => void this.flush(), LATER_MS);
      }
      return false;
    }
  }

  #change(drafts: Draft[]): void {
    this.drafts = drafts;
    this.changed(drafts);
  }
}
