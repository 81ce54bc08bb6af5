// What was begun and not sent, per conversation, answers and notes apart. Written down at once, so that a reload, a crash or
// another conversation in between loses nothing; `sharedDrafts.ts` takes it to the operator's other browsers.

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
  /** Milliseconds since 1970; of two changes of one draft never the same. */
  at: number;
  /** What the daemon calls the state that this copy had when they last agreed. */
  saved: number | null;
  /** Changed since then: the daemon is to be told. A draft that was sent or taken back stays until then, without words. */
  due: boolean;
}

/** What the daemon keeps. */
export interface Kept {
  value: unknown;
  /** Microseconds since 1970; another one stands for another text. */
  updated_at: number;
}

/** A change that the daemon is to be told; without a draft there is nothing to be sent any more. */
export interface Change {
  draft: Draft | null;
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
    if (!written || isEmpty(written)) return null;
    const { text, missing, since, mail, at } = written;
    return { text, missing, since, ...(mail && { mail }), files: this.now() - at < FILES_KEPT_MS ? written.files : [] };
  }

  /** Nothing written is no draft. Whether this changes anything. */
  put(of: string, mode: Mode, draft: Draft): boolean {
    const name = key(of, mode);
    const before = this.#read(name);
    if (before ? same(before, draft) : isEmpty(draft)) return false;
    const at = Math.max(this.now(), (before?.at ?? 0) + 1);
    this.#write(name, { ...(isEmpty(draft) ? NOTHING : draft), at, saved: before?.saved ?? null, due: true });
    return true;
  }

  /** The same for as long as nothing is changed here. */
  version(of: string, mode: Mode): string | null {
    return this.storage.getItem(key(of, mode));
  }

  /** What the daemon has not been told yet. */
  due(of: string, mode: Mode): Change | null {
    const written = this.#read(key(of, mode));
    return written?.due ? { draft: this.get(of, mode), at: written.at } : null;
  }

  /** The daemon was told of the change made `at`, and calls it `saved`; null where it has no draft now. */
  told(of: string, mode: Mode, at: number, saved: number | null): void {
    const written = this.#read(key(of, mode));
    if (!written) return;
    const due = written.at !== at;
    if (!due && saved === null) this.storage.removeItem(key(of, mode));
    else this.#write(key(of, mode), { ...written, saved, due });
  }

  /** Takes what the daemon has, unless it is still to be told something. Whether this changes anything. */
  take(of: string, mode: Mode, kept: Kept | null): boolean {
    const name = key(of, mode);
    const own = this.#read(name);
    if (own?.due || (own?.saved ?? null) === (kept?.updated_at ?? null)) return false;
    const draft = kept && draftOf(kept.value);
    if (kept && draft) this.#write(name, { ...draft, at: kept.updated_at / 1_000, saved: kept.updated_at, due: false });
    else this.storage.removeItem(name);
    return true;
  }

  #write(name: string, written: Written): void {
    try {
      this.storage.setItem(name, JSON.stringify(written));
    } catch {
      // Full: the draft lives as long as the page.
    }
  }

  #read(name: string): Written | null {
    try {
      const written = JSON.parse(this.storage.getItem(name) ?? "null") as Partial<Written> | null;
      const draft = draftOf(written);
      if (!draft || typeof written?.at !== "number" || this.now() - written.at > KEPT_MS) return null;
      return { ...draft, at: written.at, saved: written.saved ?? null, due: written.due ?? true };
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

const NOTHING: Draft = { text: "", files: [], missing: [], since: 0 };

function isEmpty(draft: Draft): boolean {
  return !draft.text.trim() && !draft.files.length;
}

/** Where one began to write is no change of what is written. */
function same(one: Draft, other: Draft): boolean {
  if (isEmpty(one) && isEmpty(other)) return true;
  const told = ({ text, files, missing, mail }: Draft) => JSON.stringify([text, files.map((file) => file.id), missing, mail?.subject, mail?.cc]);
  return told(one) === told(other);
}

/** Of whatever was stored, by us or by a later version of us. */
function draftOf(value: unknown): Draft | null {
  const { text, files, missing, since, mail } = (value ?? {}) as Partial<Draft>;
  if (typeof text !== "string") return null;
  return { text, files: Array.isArray(files) ? files : [], missing: Array.isArray(missing) ? missing : [], since: since ?? 0, ...(isHead(mail) && { mail }) };
}

function isHead(mail: MailHead | undefined): mail is MailHead {
  return typeof mail?.subject === "string" && typeof mail.cc === "string";
}
