// What was written but not yet answered by the daemon. Sent one by one, in order, under the id made at the start,
// so that a repetition is recognised and never becomes a second message.

import { reason, Unreachable } from "./api";

/** A message longer in coming than this many tries is shown as failed and waits for the writer. */
const TRIES = 5;
const WAITING_LIMIT = 100;

export interface Draft {
  client_id: string;
  text: string;
  file?: File;
  at: string;
  /** Why it did not go; set while the writer has to decide. */
  failed?: string;
  tries: number;
}

export class Outbox {
  readonly #drafts: Draft[] = [];
  #sending = false;

  /**
   * `send` delivers one draft and throws when it could not; `online` tells whether trying makes sense now;
   * `changed` runs whenever the list is to be shown anew.
   */
  constructor(
    private readonly send: (draft: Draft) => Promise<void>,
    private readonly online: () => boolean,
    private readonly changed: () => void,
  ) {}

  get drafts(): readonly Draft[] {
    return this.#drafts;
  }

  /** False when too much is waiting already. */
  add(text: string, file?: File): boolean {
    if (this.#drafts.length >= WAITING_LIMIT) return false;
    this.#drafts.push({ client_id: crypto.randomUUID(), text, at: new Date().toISOString(), tries: 0, ...(file && { file }) });
    this.changed();
    void this.flush();
    return true;
  }

  retry(draft: Draft): void {
    delete draft.failed;
    draft.tries = 0;
    this.changed();
    void this.flush();
  }

  /** Call after every connect. Does nothing while a flush is running. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let draft = this.#next(); draft && this.online(); draft = this.#next()) await this.#try(draft);
    } finally {
      this.#sending = false;
    }
  }

  // A failed one holds back those after it, or an answer could overtake what it answers.
  #next(): Draft | undefined {
    const first = this.#drafts[0];
    return first?.failed === undefined ? first : undefined;
  }

  async #try(draft: Draft): Promise<void> {
    try {
      await this.send(draft);
      this.#drafts.splice(this.#drafts.indexOf(draft), 1);
    } catch (error) {
      draft.tries += 1;
      const givesUp = !(error instanceof Unreachable) || (this.online() && draft.tries >= TRIES);
      if (givesUp) draft.failed = reason(error);
    }
    this.changed();
  }
}
