// The widget on somebody else's page: nothing but script-src and frame-src is needed, and words go both ways.

import { accept, message, open, reply } from "./support/console";
import { expect, setUp, test } from "./support/shop";
import { Site } from "./support/site";

test("a visitor of a strict site is answered, and the site's policy is never violated", async ({ page, shop, browser }) => {
  const site = await Site.open();
  await shop.write(`[inboxes.website]\nchannel = "web_chat"\nsettings = { allowed_origins = ["${site.origin}"] }\n`);
  const link = await shop.start();
  await setUp(page, link ?? "");
  await expect(page.getByRole("navigation", { name: "Places" })).toBeVisible();
  const { inbox_id } = await (await page.request.get(`${shop.base}/api/v1/widget/default`)).json();
  site.carry(shop.base, inbox_id);

  const visitor = await (await browser.newContext()).newPage();
  const violations: string[] = [];
  visitor.on("console", (told) => {
    if (/content security policy|refused to/i.test(told.text())) violations.push(told.text());
  });
  await visitor.goto(site.origin);
  const launcher = visitor.getByRole("button", { name: /Open chat/ });
  await launcher.click();
  const chat = visitor.frameLocator('iframe[title="Chat"]');
  await chat.getByRole("textbox", { name: "Message" }).fill("Do you deliver to the islands?");
  await chat.getByRole("button", { name: "Send" }).click();

  await open(page, "Do you deliver to the islands?");
  await accept(page);
  await reply(page, "Yes, twice a week.");
  await expect(chat.getByText("Yes, twice a week.")).toBeVisible();
  await expect(message(page, "Yes, twice a week.")).toContainText(/Read/, { timeout: 20_000 });

  await visitor.keyboard.press("Escape");
  await expect(launcher).toBeVisible();
  await reply(page, "Anything else?");
  await expect(visitor.getByRole("button", { name: /unread message/ })).toBeVisible();

  await visitor.reload();
  await visitor.getByRole("button", { name: /Open chat/ }).click();
  await expect(chat.getByText("Yes, twice a week.")).toBeVisible();
  await expect(chat.getByText("Anything else?")).toHaveCount(1);
  expect(violations).toEqual([]);
  expect(await visitor.evaluate(() => [document.cookie, localStorage.length])).toEqual(["", 0]);
  await site.close();
});

test("a site that was not named cannot show the widget", async ({ page, shop }) => {
  const site = await Site.open();
  const link = await shop.start();
  expect(link).not.toBeNull();
  const { inbox_id } = await (await page.request.get(`${shop.base}/api/v1/widget/default`)).json();
  site.carry(shop.base, inbox_id);
  const refused = page.waitForEvent("console", (told) => /frame-ancestors/i.test(told.text()));
  await page.goto(site.origin);
  await page.getByRole("button", { name: /Open chat/ }).click();
  await refused;
  await site.close();
});
