// Finds addresses in a plain text. Makes pieces, never HTML: what a customer writes stays text.

export type Piece = { text: string; href?: string };

/** Web addresses with or without their scheme, mail addresses, and phone numbers written the international way. */
const FOUND =
  /(?<web>https?:\/\/[^\s<>"'`]{1,2000}|www\.[^\s<>"'`]{1,2000})|(?<mail>(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){0,6}\.[\p{L}]{2,24})|(?<phone>(?<![\p{L}\p{N}+])\+\d[\d\s().-]{6,18}\d)/giu;
/** Ends of sentences that stick to an address. */
const TAIL = /[.,;:!?'"»”’…]$/u;
const PAIRS: Record<string, string> = { ")": "(", "]": "[", "}": "{" };
/** A longer text is shown as it is: looking for addresses in it would be felt. */
const MAX_CHARS = 50_000;

export function linkify(text: string): Piece[] {
  if (text.length > MAX_CHARS) return [{ text }];
  const pieces: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(FOUND)) {
    const { web, mail } = match.groups ?? {};
    const shown = web ? trimmed(web) : match[0];
    const href = web ? address(shown) : mail ? `mailto:${shown}` : `tel:${shown.replace(/[^\d+]/g, "")}`;
    if (!href) continue;
    if (match.index > done) pieces.push({ text: text.slice(done, match.index) });
    pieces.push({ text: shown, href });
    done = match.index + shown.length;
  }
  if (done < text.length) pieces.push({ text: text.slice(done) });
  return pieces;
}

/** Without the full stop after it, and without a bracket that was opened before it. */
function trimmed(found: string): string {
  let shown = found;
  for (;;) {
    const last = shown.at(-1) ?? "";
    const opening = PAIRS[last];
    const unpaired = opening !== undefined && shown.split(last).length > shown.split(opening).length;
    if (!TAIL.test(shown) && !unpaired) return shown;
    shown = shown.slice(0, -1);
  }
}

/** The address as the browser understands it, when it is one of the web with a host. */
export function address(text: string | null | undefined): string | undefined {
  if (!text) return undefined;
  const url = URL.parse?.(text) ?? parsed(text) ?? parsed(`https://${text}`);
  return url && (url.protocol === "https:" || url.protocol === "http:") && url.hostname ? url.href : undefined;
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
