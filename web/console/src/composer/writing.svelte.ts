// What is being written in one conversation: an answer and a note side by side, each with its files, kept as drafts.

import type { NewReply, Upload } from "$lib/api/types";
import { Drafts, type Mode } from "./drafts";
import { addressesIn, wrongAddress, type MailHead } from "./mail";
import { unfilled } from "./triggers";
import { Uploads } from "./uploads.svelte";

/** One of `extra.buttons` of an answer. */
export interface AnswerButton {
  id: string;
  title: string;
  url?: string;
}

/** Conversations whose sheets stay as they are while others are looked at: their uploads go on. */
const MOST_KEPT = 20;

let drafts: Drafts | undefined;

/** One of the two: the answer or the note. */
export class Sheet {
  text = $state("");
  missing = $state.raw<string[]>([]);
  buttons = $state.raw<AnswerButton[]>([]);
  /** Of an answer by mail, once it has been changed. */
  mail = $state.raw<MailHead | null>(null);
  readonly uploads = new Uploads();
  /** Number of the last message when this was begun. */
  since = $state(0);

  get empty(): boolean {
    return !this.text.trim() && this.uploads.items.length === 0;
  }

  get unfilled(): string[] {
    return unfilled(this.text, this.missing);
  }

  get sendable(): boolean {
    return (this.text.trim() !== "" || this.uploads.done.length > 0) && !this.uploads.busy && !this.uploads.failed && this.unfilled.length === 0 && wrongAddress(this.mail?.cc ?? "") === null;
  }

  clear(): void {
    this.text = "";
    this.missing = [];
    this.buttons = [];
    this.mail = null;
    this.uploads.clear();
  }
}

export class Writing {
  mode = $state<Mode>("reply");
  readonly reply = new Sheet();
  readonly note = new Sheet();

  constructor(private readonly key: string) {
    drafts ??= new Drafts(localStorage);
    for (const mode of ["reply", "note"] as const) {
      const draft = drafts.get(key, mode);
      if (!draft) continue;
      this[mode].text = draft.text;
      this[mode].missing = draft.missing;
      this[mode].since = draft.since;
      this[mode].mail = draft.mail ?? null;
      this[mode].uploads.restore(draft.files);
    }
    // Who left a note unfinished, and no answer, goes on with the note.
    if (this.reply.empty && !this.note.empty) this.mode = "note";
  }

  get sheet(): Sheet {
    return this[this.mode];
  }

  /** Writes both down; called whenever something has changed. */
  keep(): void {
    for (const mode of ["reply", "note"] as const) {
      const { text, missing, since, mail, uploads } = this[mode];
      drafts?.put(this.key, mode, { text, missing, since, files: [...uploads.done], ...(mail && { mail }) });
    }
  }
}

const kept = new Map<string, Writing>();

/** What this operator writes in a conversation. */
export function writingOf(operatorId: string, conversationId: string): Writing {
  // Several people may use one browser.
  const key = `${operatorId}.${conversationId}`;
  const writing = kept.get(key) ?? new Writing(key);
  kept.delete(key);
  kept.set(key, writing);
  const oldest = [...kept].find(([, one]) => one !== writing && !one.reply.uploads.busy && !one.note.uploads.busy);
  if (kept.size > MOST_KEPT && oldest) kept.delete(oldest[0]);
  return writing;
}

/** What a sheet is sent as. */
export function replyOf(sheet: Sheet, mode: Mode, more: { replyTo: string | null; mentions: string[] }): Omit<NewReply, "client_id"> {
  const files: Upload[] = sheet.uploads.done;
  return {
    text: sheet.text.trim(),
    ...(mode === "note" && { kind: "note" }),
    ...(mode === "note" && more.mentions.length > 0 && { mentions: more.mentions }),
    ...(files.length > 0 && { attachments: files.map((file) => file.id) }),
    ...(more.replyTo && { reply_to: more.replyTo }),
    ...(mode === "reply" && sheet.mail && { mail: { subject: sheet.mail.subject.trim() || null, cc: addressesIn(sheet.mail.cc) } }),
    ...(mode === "reply" && sheet.buttons.length > 0 && { extra: { buttons: sheet.buttons } as never }),
  };
}
