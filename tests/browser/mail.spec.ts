// A mail as its sender made it: nothing of it runs, nothing is fetched unasked, and its links say where they lead.

import { accept, message, open, reply, row } from "./support/console";
import { Remote } from "./support/remote";
import { expect, test } from "./support/town";

const HTML = `<html><head><base href="https://elsewhere.example/base/"><script>document.title = "run"; fetch("https://elsewhere.example/script")</script></head>
<body onload="fetch('https://elsewhere.example/onload')" background="https://elsewhere.example/pictures/back.gif">
<h2>Our summer offer</h2>
<p style="background:url(https://elsewhere.example/pictures/style.gif)">Hello</p>
<img src="https://elsewhere.example/pictures/lamp.gif" alt="A lamp" onerror="fetch('https://elsewhere.example/onerror')" width="40" height="40">
<img src="https://elsewhere.example/pictures/pixel.gif?who=sam" width="1" height="1">
<a href="https://elsewhere.example/offer" title="https://bank.example/">https://bank.example/</a>
<form action="https://elsewhere.example/form"><input name="password"><button>Sign in</button></form>
<iframe src="https://elsewhere.example/frame"></iframe></body></html>`;

test("a mail in HTML runs nothing, and its pictures are fetched when they are asked for", async ({ page, town }) => {
  const remote = await Remote.open(page.context(), "https://elsewhere.example");
  const line = town.line("email");
  const sam = line.customers[1];
  if (!sam) throw new Error("no customer");
  await town.enter(page);
  await line.say(sam, "Our summer offer, in words", { html: HTML });
  await open(page, "Our summer offer");
  const mail = message(page, "Our summer offer");
  await mail.getByRole("button", { name: "Show as sent" }).click();

  const element = mail.locator("iframe");
  const frame = element.contentFrame();
  await expect(frame.getByRole("heading", { name: "Our summer offer" })).toBeVisible();
  await expect(mail).toContainText("2 pictures from elsewhere are not loaded");
  await expect(frame.locator("script, form, input, button, iframe, base, [style], [onload], [onerror]")).toHaveCount(0);
  await expect(frame.locator("img")).toHaveCount(2);
  expect(remote.asked).toEqual([]);

  // Even with a script in it the frame would run none: its policy and its sandbox stand alone.
  const loaded = await page.request.get(new URL((await element.getAttribute("src")) ?? "", town.base).href);
  expect(loaded.headers()["content-security-policy"]).toContain("default-src 'none'");
  expect(await element.getAttribute("sandbox")).toBe("allow-popups allow-popups-to-escape-sandbox");

  await mail.getByRole("button", { name: "Show images" }).click();
  await expect.poll(() => remote.times("/pictures/lamp.gif")).toBe(1);
  await expect.poll(() => remote.times("/pictures/pixel.gif?who=sam")).toBe(1);
  await expect(mail.getByRole("button", { name: "Show images" })).toHaveCount(0);
  await expect.poll(() => frame.locator("img").first().evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth)).toBe(1);
  expect(remote.asked.map((one) => one.path).sort()).toEqual(["/pictures/lamp.gif", "/pictures/pixel.gif?who=sam"]);

  const link = frame.getByRole("link", { name: "https://bank.example/" });
  await expect(link).toHaveAttribute("title", "https://elsewhere.example/offer");
  const opened = page.waitForEvent("popup");
  await link.click();
  const popup = await opened;
  await expect(popup.getByRole("heading", { name: "Elsewhere" })).toBeVisible();
  expect(await popup.evaluate(() => [window.opener === null, document.referrer])).toEqual([true, ""]);
  expect(remote.asked.filter((one) => one.referrer !== undefined || one.cookie !== undefined)).toEqual([]);
  expect(await page.title()).not.toBe("run");
  await expect(mail.getByRole("link", { name: "Download the original" })).toHaveAttribute("download", /\.eml$/);
  await remote.close();
});

test("an answer goes to the customer alone, or to all with one press, under a subject of its own", async ({ page, town }) => {
  const line = town.line("email");
  const olga = line.customers[0];
  if (!olga) throw new Error("no customer");
  await town.enter(page);
  await line.say(olga, "Carl wants to know as well", { cc: ["Carl <carl@customers.example>"] });
  await open(page, "Carl wants to know as well");
  await accept(page);
  const main = page.getByRole("main");
  await reply(page, "Only for you");
  await expect(message(page, "Only for you")).toContainText(/sent/i, { timeout: 20_000 });
  await expect(message(page, "Only for you")).not.toContainText("carl@customers.example");

  const toAll = main.getByRole("button", { name: "Reply to all (2)" });
  await toAll.click();
  await expect(toAll).toHaveAttribute("aria-pressed", "true");
  await main.getByRole("button", { name: "Subject and Cc" }).click();
  await main.getByLabel("Subject", { exact: true }).fill("For the two of you");
  const copies = main.getByLabel("Cc", { exact: true });
  await expect(copies).toHaveValue("carl@customers.example");
  await copies.fill("carl@customers.example, dora@");
  await page.getByRole("textbox", { name: "Your reply" }).fill("For both");
  await expect(main.getByText("dora@ is no address that a mail can be sent to.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeDisabled();
  await copies.fill("carl@customers.example");
  await reply(page, "For both");
  await expect(message(page, "For both")).toContainText("Cc: carl@customers.example");
  await expect(message(page, "For both")).toContainText("For the two of you");
  await expect(message(page, "For both")).toContainText(/sent/i, { timeout: 20_000 });
  // The next one is to the customer alone again.
  await expect(toAll).toHaveAttribute("aria-pressed", "false");
});

test("a conversation that was read is marked unread, and other tabs follow", async ({ page, context, town }) => {
  const line = town.line("telegram");
  const customer = line.customers[1];
  if (!customer) throw new Error("no customer");
  await town.enter(page);
  await line.say(customer, "Read me later");
  await open(page, "Read me later");
  await accept(page);
  const other = await context.newPage();
  await other.goto(`${town.base}/list/mine`);
  const badge = row(other, "Read me later").getByLabel(/unread message/);
  await expect(row(other, "Read me later")).toBeVisible();
  await page.bringToFront();
  await expect(badge).toHaveCount(0);

  await page.keyboard.press("Escape");
  await page.keyboard.press("u");
  await expect(page).toHaveURL(/\/list\//);
  await expect(badge).toBeVisible();

  await page.goto(`${town.base}/list/mine`);
  await open(page, "Read me later");
  await expect(badge).toHaveCount(0);
});
