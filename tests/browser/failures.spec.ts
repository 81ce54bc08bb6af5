// What goes wrong at the provider is seen, and can be put right.

import { accept, message, open, reply } from "./support/console";
import { expect, test } from "./support/town";

test("an answer that failed says why, and the retry reaches the provider", async ({ page, town }) => {
  const line = town.line("telegram");
  const customer = line.stranger();
  const question = `Please answer me twice, says ${customer.name}`;
  await town.enter(page);
  await line.say(customer, question);
  await open(page, question);
  await accept(page);
  const refusal = JSON.stringify({ ok: false, error_code: 400, description: "Bad Request: message text is too strange" });
  await line.fault({ path: "sendMessage", fault: { is: "answer", status: 400, headers: [["content-type", "application/json"]], body: refusal } });
  await reply(page, "The answer that fails first");
  const failed = message(page, "The answer that fails first");
  await expect(failed).toContainText("Not sent");
  expect((await line.shown(customer)).filter((one) => !one.mine)).toEqual([]);
  await failed.getByRole("button", { name: "Try again" }).click();
  await expect(failed).toContainText(/\bSent|Delivered|Read/);
  expect(await line.sees(customer, "The answer that fails first")).toBe(1);
});
