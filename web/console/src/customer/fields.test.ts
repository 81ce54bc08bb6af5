import { expect, test } from "vitest";
import { fieldsOf, rowsOf, type Fields } from "./fields";

const fields: Fields = { plan: "gold", orders: 7, vip: true, note: null };

test("what is not touched comes back as it was", () => {
  expect(fieldsOf(rowsOf(fields))).toEqual(fields);
});

test("a value keeps its kind where it still can", () => {
  const typed = (name: string, text: string) => fieldsOf(rowsOf(fields).map((row) => (row.name === name ? { ...row, text } : row)))[name];
  expect(typed("orders", " 8 ")).toBe(8);
  expect(typed("orders", "many")).toBe("many");
  expect(typed("orders", "")).toBe("");
  expect(typed("vip", "false")).toBe(false);
  expect(typed("vip", "perhaps")).toBe("perhaps");
  expect(typed("plan", "8")).toBe("8");
  expect(typed("note", "x")).toBe("x");
});

test("rows without a name are nothing, names are trimmed", () => {
  expect(fieldsOf([{ key: 0, name: " a ", text: "1", was: "" }, { key: 1, name: " ", text: "2", was: "" }])).toEqual({ a: "1" });
});
