import { expect, test } from "vitest";
import { complete, filled, templateUse, type Template } from "./template";

const template: Template = {
  name: "shipped", language: "en", status: "APPROVED", header: "Order {{1}}", body: "Hello {{name}}, {{ order }} is on its way.",
  buttons: [], variables: ["name", "order"], header_variables: ["1"],
};

test("values take the place of their variables, and nothing in them is expanded", () => {
  expect(filled(template.body, { name: "Ann {{order}}", order: "7" })).toBe("Hello Ann {{order}}, 7 is on its way.");
  expect(filled(template.body, { name: " " })).toBe(template.body);
});

test("all variables must have a value", () => {
  expect(complete(template, { 1: "A" }, { name: "Ann", order: "7" })).toBe(true);
  expect(complete(template, {}, { name: "Ann", order: "7" })).toBe(false);
  expect(complete(template, { 1: "A" }, { name: "Ann", order: " " })).toBe(false);
});

test("positions are sent by order, names by name", () => {
  expect(templateUse(template, { 1: " A " }, { name: "Ann", order: "7" })).toEqual({
    name: "shipped", language: "en",
    header: [{ text: "A" }],
    parameters: [{ name: "name", text: "Ann" }, { name: "order", text: "7" }],
  });
});
