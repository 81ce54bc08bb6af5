// One line that stands for a message: in lists, quotes, notifications, and for what has no words.

import type { Message } from "$lib/api/types";
import { known, t } from "$console/i18n/index.svelte";

const MAX_CHARS = 140;

/** What is told of a message where there is room for a line only; lists know no more of it than its words and its kind. */
export type Told = Pick<Message, "text" | "kind"> & Partial<Pick<Message, "attachments" | "deleted_at">>;

export function gist({ text, kind, attachments, deleted_at }: Told): string {
  if (deleted_at) return t("thread.deleted");
  const words = text.replace(/\s+/g, " ").trim();
  if (words) return words.length > MAX_CHARS ? `${words.slice(0, MAX_CHARS)}…` : words;
  const file = attachments?.[0]?.name;
  if (file) return file;
  // A text without words was taken back.
  if (kind === "text") return t("thread.deleted");
  const key = `thread.kind_${kind}`;
  return known(key) ? t(key) : kind;
}
