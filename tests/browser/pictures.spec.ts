// The pictures of the documentation, of the real thing: `TRUNKLINE_PICTURES=1 make test-browser` makes them anew.

import { accept, log, message, open, reply, row } from "./support/console";
import { take } from "./support/pictures";
import { expect, test as shopTest } from "./support/shop";
import { openWidget, say, Site } from "./support/site";
import { test as townTest } from "./support/town";

const QUESTIONS: [string, string][] = [
  ["email", "Could you send me an invoice for order 4702?"],
  ["vk", "Is the blue mug in stock again?"],
  ["messenger", "Hi! Do you ship to Norway?"],
  ["whatsapp", "My parcel has not moved since Friday."],
  ["web_chat", "Can I change the delivery address?"],
];

townTest("the console at work", async ({ page, town }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  const telegram = town.line("telegram");
  const ada = { ...telegram.stranger(), name: "Ada" };
  await town.enter(page, "/list/all");
  await telegram.say(ada, "Hello! I ordered the grey coat in size M on Monday. Has it been sent yet?");
  await telegram.say(ada, "The order number is 4711.");
  for (const [channel, text] of QUESTIONS) {
    const line = town.line(channel);
    await line.say({ ...line.stranger(), name: line.customers[0]?.name ?? "" }, text);
    await expect(row(page, text).first()).toBeVisible();
  }
  await open(page, "4711");
  await accept(page);
  await reply(page, "Hello Ada! It left this morning and is with you on Thursday.");
  expect(await telegram.sees(ada, "Hello Ada! It left this morning and is with you on Thursday.")).toBe(1);
  await telegram.say(ada, "Great, thank you for the quick answer!");
  await expect(message(page, "Great, thank you")).toBeVisible();
  await expect(message(page, "It left this morning")).toContainText(/Sent|Delivered|Read/);
  await expect(page.getByRole("link", { name: /^Mine \d/ })).toBeVisible();
  await take(page, "console");
});

const SHOP = `<style>
  body { margin: 0; font: 17px/1.6 system-ui, sans-serif; color: #22302b; background: #f6f3ec }
  header { padding: 22px 44px; background: #fff; font-size: 24px; font-weight: 700 }
  main { max-width: 560px; padding: 44px }
  h1 { font-size: 38px; line-height: 1.2 }
  p.price { font-size: 22px; font-weight: 600 }
</style>
<header>Harbour Street Coats</header>
<main><h1>The grey coat</h1><p>Wool from the islands, lined, with two deep pockets. Made to be worn for twenty winters.</p>
<p class="price">€ 189</p><p>Sizes S, M and L. Sent within a day.</p></main>`;

shopTest("the widget on the page of a shop", async ({ page, shop, browser }) => {
  const site = await Site.of(page, shop, { inbox: "Harbour Street Coats" });
  site.policy += "; style-src 'unsafe-inline'";
  site.page = site.page.replace("<h1>A shop</h1>", SHOP);
  const visitor = await (await browser.newContext({ viewport: { width: 1280, height: 720 } })).newPage();
  await visitor.goto(site.origin);
  const chat = await openWidget(visitor);
  await say(chat, "Hello! Does the grey coat come in size M?");
  await open(page, "Does the grey coat");
  await accept(page);
  await reply(page, "Hello! It does, and it is on the shelf. Shall we put one aside for you?");
  await expect(chat.getByRole("log").getByText("Shall we put one aside")).toBeVisible();
  await say(chat, "Yes please. When would it be here?");
  await expect(log(page)).toContainText("When would it be here?");
  await reply(page, "Ordered today, it is with you on Thursday.");
  await expect(chat.getByRole("log").getByText("it is with you on Thursday")).toBeVisible();
  await expect(chat.getByText(/Reconnecting/)).toHaveCount(0);
  await take(visitor, "widget");
  await site.close();
});
