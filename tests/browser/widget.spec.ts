// The widget on somebody else's page: nothing but script-src and frame-src is needed, and words go both ways.

import { accept, message, open, reply } from "./support/console";
import { expect, openShop, test } from "./support/shop";
import { openWidget, say, Site } from "./support/site";

test("a visitor of a strict site is answered, and the site's policy is never violated", async ({ page, shop, browser }) => {
  const site = await Site.of(page, shop);

  const visitor = await (await browser.newContext()).newPage();
  const violations: string[] = [];
  visitor.on("console", (told) => {
    if (/content security policy|refused to/i.test(told.text())) violations.push(told.text());
  });
  await visitor.goto(site.origin);
  const launcher = visitor.getByRole("button", { name: /Open chat/ });
  const chat = await openWidget(visitor);
  await say(chat, "Do you deliver to the islands?");

  await open(page, "Do you deliver to the islands?");
  await accept(page);
  await reply(page, "Yes, twice a week.");
  await expect(chat.getByRole("log").getByText("Yes, twice a week.")).toBeVisible();
  await expect(message(page, "Yes, twice a week.")).toContainText(/Read/, { timeout: 20_000 });

  await visitor.keyboard.press("Escape");
  await expect(launcher).toBeVisible();
  await reply(page, "Anything else?");
  await expect(visitor.getByRole("button", { name: /unread message/ })).toBeVisible();

  await visitor.reload();
  await visitor.getByRole("button", { name: /Open chat/ }).click();
  await expect(chat.getByRole("log").getByText("Yes, twice a week.")).toBeVisible();
  await expect(chat.getByRole("log").getByText("Anything else?")).toHaveCount(1);
  expect(violations).toEqual([]);
  expect(await visitor.evaluate(() => [document.cookie, localStorage.length])).toEqual(["", 0]);
  await site.close();
});

test("on another site, whose frames may keep nothing, a visitor finds the conversation again, until the user signs out", async ({ page, shop, browser }) => {
  const site = await Site.of(page, shop, { host: "localhost" });

  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(site.origin);
  const launcher = visitor.getByRole("button", { name: /Open chat/ });
  const chat = await openWidget(visitor);
  await say(chat, "Is the blue one back?");
  await open(page, "Is the blue one back?");
  await accept(page);
  await reply(page, "Since this morning.");
  await expect(chat.getByRole("log").getByText("Since this morning.")).toBeVisible();
  await expect(message(page, "Since this morning.")).toContainText(/Read/, { timeout: 20_000 });
  const [, frame] = visitor.frames();
  expect(await frame?.evaluate(() => window.localStorage.length).catch(() => "refused"), "the frame itself may keep nothing").toBe("refused");

  await visitor.reload();
  // What was read before the reload is not unread after it.
  await reply(page, "Shall I put one aside?");
  await expect(visitor.getByRole("button", { name: "Open chat, 1 unread message" })).toBeVisible();
  await visitor.getByRole("button", { name: /Open chat/ }).click();
  await expect(chat.getByRole("log").getByText("Is the blue one back?")).toHaveCount(1);
  await expect(chat.getByRole("log").getByText("Shall I put one aside?")).toHaveCount(1);

  const token = `trunkline.${site.inbox}.token`;
  const before = await visitor.evaluate((name) => localStorage.getItem(name), token);
  expect(before).not.toBeNull();
  await visitor.evaluate(() => (window as unknown as { Trunkline(command: string): void }).Trunkline("reset"));
  await expect(chat.getByRole("log").getByText("Is the blue one back?")).toHaveCount(0);
  await expect.poll(() => visitor.evaluate((name) => localStorage.getItem(name), token)).not.toBe(before);
  await visitor.reload();
  await launcher.click();
  await expect(chat.getByRole("textbox", { name: "Message" })).toBeVisible();
  await expect(chat.getByRole("log").getByText("Since this morning.")).toHaveCount(0);
  await site.close();
});

test("a visitor presses a button under an answer", async ({ page, shop, browser }) => {
  await openShop(page, shop);
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(`${shop.base}/chat`);
  await visitor.getByRole("textbox", { name: "Message" }).fill("When can you come?");
  await visitor.getByRole("button", { name: "Send" }).click();

  await open(page, "When can you come?");
  await accept(page);
  await page.getByRole("main").getByRole("button", { name: "Add more" }).click();
  await page.getByRole("menuitem", { name: "Buttons…" }).click();
  const dialog = page.getByRole("dialog", { name: "Buttons" });
  await dialog.getByRole("textbox").first().fill("In the morning");
  await dialog.getByRole("button", { name: "Save" }).click();
  await reply(page, "Choose a time");

  const button = visitor.getByRole("button", { name: "In the morning" });
  await button.click();
  await expect(visitor.getByRole("log").getByText("In the morning")).toHaveCount(2);
  await expect(message(page, "In the morning").last()).toBeVisible();
  await expect(page.getByRole("main").getByRole("article").filter({ hasText: "In the morning" })).toHaveCount(2);
});

test("a site that was not named cannot show the widget", async ({ page, shop }) => {
  const site = await Site.open();
  const link = await shop.start();
  expect(link).not.toBeNull();
  await site.carry(shop);
  const refused = page.waitForEvent("console", (told) => /frame-ancestors/i.test(told.text()));
  await page.goto(site.origin);
  await page.getByRole("button", { name: /Open chat/ }).click();
  await refused;
  await site.close();
});
