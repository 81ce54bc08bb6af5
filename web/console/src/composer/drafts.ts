// What was begun and not sent, per conversation, answers and notes apart. Written down at once, so that a reload, a crash or
// another conversation in between loses nothing.

import type { Upload } from "$lib/api/types";
import type { MailHead } from "./mail";

const PREFIX = "trunkline.draft.";
export const KEPT_MS = 15 * 86_400_000;
/** The daemon forgets uploads that belong to no message after a day. */
const FILES_KEPT_MS = 20 * 3_600_000;

export type Mode = "reply" | "note";

export interface Draft {
  text: string;
  files: Upload[];
  /** Variables of canned responses that had no value; they must be filled in by hand. */
  missing: string[];
  /** Number of the last message when writing began: what came later has not been read for sure. */
  since: number;
  /** Of an answer by mail, where it was changed. */
  mail?: MailHead;
}

interface Written extends Draft {
  /** Milliseconds since 1970. */
  at: number;
}

export class Drafts {
  constructor(
    private readonly storage: Storage,
    private readonly now: () => number = Date.now,
  ) {
    this.#sweep();
  }

  /** `of` names the operator and the conversation. */
  get(of: string, mode: Mode): Draft | null {
    const written = this.#read(key(of, mode));
    if (!written) return null;
    const { text, missing, since, mail, at } = written;
    return { text, missing, since, ...(mail && { mail }), files: this.now() - at < FILES_KEPT_MS ? written.files : [] };
  }

  /** Nothing written is no draft. */
  put(of: string, mode: Mode, draft: Draft): void {
    if (!draft.text.trim() && !draft.files.length) {
      this.storage.removeItem(key(of, mode));
      return;
    }
    try {
      this.storage.setItem(key(of, mode), JSON.stringify({ ...draft, at: this.now() } satisfies Written));
    } catch {
      // Full: the draft lives as long as the page.
    }
  }

  #read(name: string): Written | null {
    try {
      const written = JSON.parse(this.storage.getItem(name) ?? "null") as Partial<Written> | null;
      if (typeof written?.text !== "string" || typeof written.at !== "number" || this.now() - written.at > KEPT_MS) return null;
      return { text: written.text, files: written.files ?? [], missing: written.missing ?? [], since: written.since ?? 0, ...(isHead(written.mail) && { mail: written.mail }), at: written.at };
    } catch {
      return null;
    }
  }

  #sweep(): void {
    const names = Array.from({ length: this.storage.length }, (_, i) => this.storage.key(i));
    for (const name of names) if (name?.startsWith(PREFIX) && !this.#read(name)) this.storage.removeItem(name);
  }
}

function key(of: string, mode: Mode): string {
  return `${PREFIX}${mode}.${of}`;
}

function isHead(mail: MailHead | undefined): boolean {
  return typeof mail?.subject === "string" && typeof mail.cc === "string";
}
