// Canned responses as a table (RFC 4180), for spreadsheets: `shortcut,title,content,sharing,team`.

export interface Row {
  shortcut: string;
  title: string;
  content: string;
  sharing: "personal" | "team" | "shared";
  /** The team's name. */
  team: string;
}

const HEADER = ["shortcut", "title", "content", "sharing", "team"] as const;
const SHARINGS: string[] = ["personal", "team", "shared"];
/** A first character that spreadsheets take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

export function write(rows: readonly Row[]): string {
  const lines = rows.map((row) => HEADER.map((column) => quoted(guarded(row[column]))).join(","));
  // The mark tells Excel that it is UTF-8.
  return `\ufeff${[HEADER.join(","), ...lines].join("\r\n")}\r\n`;
}

/** The rows, and the numbers of those that say too little. Columns may stand in any order; semicolons separate, too. */
export function read(text: string): { rows: Row[]; wrong: number[] } {
  const table = parse(text.replace(/^\ufeff/, ""));
  const names = (table[0] ?? []).map((name) => name.trim().toLowerCase());
  const rows: Row[] = [];
  const wrong: number[] = [];
  table.slice(1).forEach((cells, i) => {
    if (cells.every((cell) => cell.trim() === "")) return;
    const cell = (name: string) => unguarded(cells[names.indexOf(name)] ?? "");
    const sharing = cell("sharing").trim().toLowerCase() || "personal";
    const row = { shortcut: cell("shortcut").trim().toLowerCase(), title: cell("title").trim(), content: cell("content"), sharing, team: cell("team").trim() };
    const fine = row.shortcut && !/\s/.test(row.shortcut) && row.content.trim() && SHARINGS.includes(sharing) && (sharing !== "team" || row.team);
    // As spreadsheets count: the header is the first line.
    if (fine) rows.push(row as Row);
    else wrong.push(i + 2);
  });
  return { rows, wrong };
}

function quoted(cell: string): string {
  return /[",;\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** A text that begins like a formula would be run by the spreadsheet of whoever opens it. */
function guarded(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
}

function parse(text: string): string[][] {
  const first = text.split(/\r?\n/, 1)[0] ?? "";
  const separator = first.includes(";") && !first.includes(",") ? ";" : ",";
  const table: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let inside = false;
  const endCell = () => {
    row.push(cell);
    cell = "";
  };
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (inside) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') cell += text[i++];
      else inside = false;
    } else if (letter === '"' && cell === "") {
      inside = true;
    } else if (letter === separator) {
      endCell();
    } else if (letter === "\n") {
      endCell();
      table.push(row);
      row = [];
    } else if (letter !== "\r") {
      cell += letter;
    }
  }
  if (cell !== "" || row.length) {
    endCell();
    table.push(row);
  }
  return table;
}
