import { describe, expect, test } from "vitest";
import { read, write, type Row } from "./csv";

const rows: Row[] = [
  { shortcut: "hello", title: "Hello, there", content: 'Say "hello"\nto {{customer_name}}; thanks', sharing: "shared", team: "" },
  { shortcut: "привет", title: "Приветствие", content: "Здравствуйте!", sharing: "team", team: "Продажи" },
  { shortcut: "sum", title: "=1+1", content: "-5 degrees", sharing: "personal", team: "" },
];

describe("canned responses as a table", () => {
  test("come back as they went", () => {
    expect(read(write(rows))).toEqual({ rows, wrong: [] });
  });

  test("are no formulas to a spreadsheet", () => {
    expect(write(rows)).toContain("'=1+1,'-5 degrees");
  });

  test("are read with semicolons, in any order, with few columns", () => {
    const read_ = read('content;shortcut\r\n"Good; bye";BYE\r\n\r\n');
    expect(read_.rows).toEqual([{ shortcut: "bye", title: "", content: "Good; bye", sharing: "personal", team: "" }]);
  });

  test("that say too little are named by their line", () => {
    const text = "shortcut,content,sharing,team\na,text,,\n,text,,\nb c,text,,\nd,,,\ne,text,everybody,\nf,text,team,\n";
    expect(read(text)).toMatchObject({ rows: [{ shortcut: "a" }], wrong: [3, 4, 5, 6, 7] });
    expect(read("")).toEqual({ rows: [], wrong: [] });
  });
});
