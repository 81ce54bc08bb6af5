// What was begun in one browser is there in the operator's other one, and gone from both when it was sent.

import { accept, log, open, reply } from "./support/console";
import { expect, test } from "./support/town";

test("an answer begun at the desk is finished in another browser", async ({ page, browser, town }) => {
  const line = town.line("telegram");
  const customer = line.stranger();
  await town.enter(page);
  await line.say(customer, "Is it still to be had?");
  await open(page, "Is it still to be had?");
  await accept(page);
  const composer = page.getByRole("textbox", { name: "Your reply" });
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/drafts/reply") && answer.request().method() === "PUT");
  await composer.fill("Yes, but only in");
  expect((await kept).status()).toBe(200);

  const elsewhere = await (await browser.newContext()).newPage();
  await town.enter(elsewhere, new URL(page.url()).pathname);
  const there = elsewhere.getByRole("textbox", { name: "Your reply" });
  await expect(there).toHaveValue("Yes, but only in");
  const dropped = elsewhere.waitForResponse((answer) => answer.url().endsWith("/drafts/reply") && answer.request().method() === "DELETE");
  await reply(elsewhere, "Yes, but only in green");
  await expect(log(elsewhere)).toContainText("Yes, but only in green");
  await dropped;
  expect(await line.sees(customer, "Yes, but only in green")).toBe(1);

  await page.reload();
  await expect(log(page)).toContainText("Yes, but only in green");
  await expect(composer).toHaveValue("");
});
