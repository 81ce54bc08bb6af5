// Finds the addresses in a text. Only those of the web become links.

export interface Piece {
  text: string;
  href?: string;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'“”«»]+/giu;
/** Ends a sentence rather than an address. */
const AFTER = /[.,:;!?)\]}…،؛؟]+$/u;

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const href = trimmed(match[0]);
    if (!URL.canParse(href)) continue;
    if (match.index > done) found.push({ text: text.slice(done, match.index) });
    found.push({ text: href, href });
    done = match.index + href.length;
  }
  if (done < text.length) found.push({ text: text.slice(done) });
  return found;
}

// A bracket belongs to the address where it was opened in it.
function trimmed(address: string): string {
  const without = address.replace(AFTER, "");
  return without.includes("(") && address[without.length] === ")" ? `${without})` : without;
}
