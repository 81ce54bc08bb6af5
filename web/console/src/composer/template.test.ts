import { expect, test } from "vitest";
import { filled, templateReply, type Template } from "./template";

const template: Template = {
  name: "shipped", language: "en", status: "APPROVED", header: "Order {{1}}", body: "Hello {{name}}, {{ order }} is on its way.",
  buttons: [], variables: ["name", "order"], header_variables: ["1"], button_variables: [],
};
const filling = { header: { 1: " A " }, body: { name: "Ann", order: "7" }, buttons: {}, file: null };

test("values take the place of their variables, and nothing in them is expanded", () => {
  expect(filled(template.body, { name: "Ann {{order}}", order: "7" })).toBe("Hello Ann {{order}}, 7 is on its way.");
  expect(filled(template.body, { name: " " })).toBe(template.body);
});

test("positions are sent by order, names by name", () => {
  expect(templateReply(template, filling)).toEqual({
    kind: "template",
    text: "Hello Ann, 7 is on its way.",
    extra: { template: { name: "shipped", language: "en", header: [{ text: "A" }], parameters: [{ name: "name", text: "Ann" }, { name: "order", text: "7" }], buttons: [] } },
  });
});

test("nothing goes while a value is missing", () => {
  expect(templateReply(template, { ...filling, header: {} })).toBeNull();
  expect(templateReply(template, { ...filling, body: { name: "Ann", order: " " } })).toBeNull();
});

test("a header that is a file and buttons with values want theirs", () => {
  const offer: Template = { ...template, header: "[image]", header_file: "image", header_variables: [], buttons: ["Thanks", "See"], button_variables: [1] };
  expect(templateReply(offer, { ...filling, buttons: { 1: "shoes" } })).toBeNull();
  expect(templateReply(offer, { ...filling, file: "u1" })).toBeNull();
  const reply = templateReply(offer, { ...filling, buttons: { 1: " shoes " }, file: "u1" });
  expect(reply?.attachments).toEqual(["u1"]);
  expect(reply?.extra).toMatchObject({ template: { header: [], buttons: [{ index: 1, text: "shoes" }] } });
});
