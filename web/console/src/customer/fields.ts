// Custom fields as they are edited: rows of a name and a text. Kinds of values are kept where the text still has that kind.

export type Value = string | number | boolean | null;
export type Fields = Record<string, Value>;

export interface Row {
  key: number;
  name: string;
  text: string;
  was: Value;
}

export function rowsOf(fields: Fields): Row[] {
  return Object.entries(fields).map(([name, value], key) => ({ key, name, text: value === null ? "" : String(value), was: value }));
}

/** Rows without a name are left out; of two with the same name the last one counts. */
export function fieldsOf(rows: Row[]): Fields {
  return Object.fromEntries(rows.filter((row) => row.name.trim()).map((row) => [row.name.trim(), valueOf(row.text, row.was)]));
}

function valueOf(text: string, was: Value): Value {
  const clean = text.trim();
  if (was === null && clean === "") return null;
  if (typeof was === "number" && clean !== "" && Number.isFinite(Number(clean))) return Number(clean);
  if (typeof was === "boolean" && (clean === "true" || clean === "false")) return clean === "true";
  return clean;
}
