// What is being written in one conversation: an answer and a note side by side, each with its files, kept as drafts.

import type { NewReply, Upload } from "$lib/api/types";
import { Drafts, type Mode } from "./drafts";
import { addressesIn, wrongAddress, type MailHead } from "./mail";
import { daemon, keyOf, MODES, type Place, SharedDrafts } from "./sharedDrafts";
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
let shared: SharedDrafts | undefined;

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

  constructor(private readonly place: Place) {
    drafts ??= new Drafts(localStorage);
    shared ??= new SharedDrafts(drafts, daemon);
    for (const mode of MODES) this.#show(mode);
    // Who left a note unfinished, and no answer, goes on with the note.
    if (this.reply.empty && !this.note.empty) this.mode = "note";
  }

  /** Shows what was written elsewhere meanwhile, or no longer what was sent there. */
  async refresh(): Promise<void> {
    for (const mode of (await shared?.compare(this.place, (mode) => !this[mode].uploads.busy)) ?? []) {
      this[mode].clear();
      this.#show(mode);
    }
  }

  get sheet(): Sheet {
    return this[this.mode];
  }

  /** Writes both down; called whenever something has changed. */
  keep(): void {
    for (const mode of MODES) {
      const { text, missing, since, mail, uploads } = this[mode];
      shared?.put(this.place, mode, { text, missing, since, files: [...uploads.done], ...(mail && { mail }) });
    }
  }

  #show(mode: Mode): void {
    const draft = drafts?.get(keyOf(this.place), mode);
    if (!draft) return;
    const sheet = this[mode];
    sheet.text = draft.text;
    sheet.missing = draft.missing;
    sheet.since = draft.since;
    sheet.mail = draft.mail ?? null;
    sheet.uploads.restore(draft.files);
  }
}

const kept = new Map<string, Writing>();

/** What this operator writes in a conversation. */
export function writingOf(operator: string, conversation: string): Writing {
  const place = { operator, conversation };
  const key = keyOf(place);
  const writing = kept.get(key) ?? new Writing(place);
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
