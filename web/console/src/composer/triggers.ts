// What the letters before the caret ask for: a canned response (`/` at the start), a colleague (`@` in a note), an emoji (`:`
// and two letters).

import type { Mode } from "./drafts";

export interface Trigger {
  kind: "canned" | "mention" | "emoji";
  query: string;
  /** Where the asking letters begin; they end at the caret. */
  from: number;
}

const CANNED = /^\/([^\n/]{0,40})$/;
/** A name may have a second word. */
const MENTION = /(?:^|[\s(])@([\p{L}\p{N}._-]{0,30}(?: [\p{L}\p{N}._-]{0,30})?)$/u;
const EMOJI = /(?:^|\s):([\p{L}\p{N}_+-]{2,30})$/u;

export function triggerAt(text: string, caret: number, mode: Mode): Trigger | null {
  const before = text.slice(0, caret);
  const found = (kind: Trigger["kind"], match: RegExpExecArray | null): Trigger | null =>
    match && { kind, query: match[1] ?? "", from: caret - (match[1] ?? "").length - 1 };
  return (
    (mode === "reply" ? found("canned", CANNED.exec(before)) : found("mention", MENTION.exec(before))) ?? found("emoji", EMOJI.exec(before))
  );
}

/** Who is mentioned in a note: everybody whose whole name stands behind an `@`. */
export function mentionedIn(text: string, operators: { id: string; name: string }[]): string[] {
  // Longer names first: "@Ann Lee" does not mention Ann.
  const byLength = [...operators].sort((a, b) => b.name.length - a.name.length);
  const ids: string[] = [];
  let rest = text;
  for (const { id, name } of byLength) {
    const mark = new RegExp(`@${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\p{L}\\p{N}])`, "gu");
    if (!mark.test(rest)) continue;
    ids.push(id);
    rest = rest.replace(mark, " ");
  }
  return ids;
}

/** Variables of a canned response that still stand in the text without a value. */
export function unfilled(text: string, missing: string[]): string[] {
  return missing.filter((name) => new RegExp(`\\{\\{\\s*${name}\\s*\\}\\}`).test(text));
}
