// The body of a raw event, for people to read.

/** More is cut: a mail with files would freeze the page. */
const MAX_CHARS = 200_000;

/** JSON with its lines broken; everything else as it came. `cut` says that there was more. */
export function readable(body: string, cut: string): string {
  const pretty = indented(body);
  return pretty.length > MAX_CHARS ? `${pretty.slice(0, MAX_CHARS)}\n… ${cut}` : pretty;
}

function indented(body: string): string {
  if (!/^\s*[[{]/.test(body)) return body;
  try {
    const value: unknown = JSON.parse(body);
    const text = JSON.stringify(value, null, 2);
    // Numbers that JavaScript cannot hold would be shown wrong: then it stays as it came.
    return /\d{16,}/.test(body) && !sameDigits(body, text) ? body : text;
  } catch {
    return body;
  }
}

function sameDigits(a: string, b: string): boolean {
  const digits = (text: string) => text.match(/\d{16,}/g)?.join() ?? "";
  return digits(a) === digits(b);
}
