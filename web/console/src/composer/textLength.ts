// How long a text is for a channel, and into which messages it will be cut: the same rules as `text::split` of the daemon's
// channel core, so that operators see beforehand what the customer will get.

export interface TextLimit {
  max: number;
  count_by: "utf16_units" | "characters" | "bytes";
}

function sizeOf(char: string, countBy: TextLimit["count_by"]): number {
  if (countBy === "characters") return 1;
  if (countBy === "utf16_units") return char.length;
  const point = char.codePointAt(0) ?? 0;
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/** In the unit the channel counts. */
export function lengthOf(text: string, countBy: TextLimit["count_by"]): number {
  if (countBy === "utf16_units") return text.length;
  let length = 0;
  for (const char of text) length += sizeOf(char, countBy);
  return length;
}

/** The messages a text is sent as; none of them longer than the limit, and empty ones left out. */
export function split(text: string, limit: TextLimit): string[] {
  const parts: string[] = [];
  let rest = [...text];
  for (;;) {
    const fits = fitting(rest, limit);
    if (fits === rest.length) {
      parts.push(rest.join(""));
      break;
    }
    const cut = border(rest, Math.max(fits, 1));
    parts.push(rest.slice(0, cut).join("").trimEnd());
    rest = rest.slice(cut);
    const begin = rest.findIndex((char) => char !== "\n" && char !== " ");
    if (begin < 0) break;
    rest = rest.slice(begin);
  }
  return parts.filter((part) => part.trim() !== "");
}

function fitting(chars: string[], { max, count_by }: TextLimit): number {
  let used = 0;
  const over = chars.findIndex((char) => (used += sizeOf(char, count_by)) > max);
  return over < 0 ? chars.length : over;
}

/** What clings to the character before it: joiners, variation selectors, combining marks, skin tones, keycaps. */
const JOINED = /^[\u200d\ufe00-\ufe0f\u0300-\u036f\u{1f3fb}-\u{1f3ff}\u20e3]$/u;

/** After white space in the last quarter, else between two characters that do not cling together. */
function border(chars: string[], fits: number): number {
  const earliest = fits - Math.floor(fits / 4);
  for (const wanted of ["\n", " "]) {
    for (let at = fits; at >= earliest && at > 0; at--) if (chars[at - 1] === wanted) return at;
  }
  let at = fits;
  while (at > 1 && (JOINED.test(chars[at] ?? "") || chars[at - 1] === "\u200d")) at--;
  return at === 1 ? fits : at;
}
