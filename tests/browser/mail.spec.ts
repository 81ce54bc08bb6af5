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
  // By its subject, which stays where the words give way to the frame.
  const mail = message(page, "A question about my order");
  await mail.getByRole("button", { name: "Show as sent" }).click();

  // What stands in the frame is read as the daemon serves it.
  const element = mail.locator("iframe");
  await expect(element).toHaveAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  await expect(mail).toContainText("2 pictures from elsewhere are not loaded");
  const read = async () => page.request.get(new URL((await element.getAttribute("src")) ?? "", town.base).href);
  const blocked = await read();
  expect(blocked.headers()["content-security-policy"]).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:;/);
  const html = await blocked.text();
  expect(html).toContain("<h2>Our summer offer</h2>");
  expect(html).not.toMatch(/<(script|form|input|button|iframe|base|body)|style=|\bon\w+=| src="http|title="https:\/\/bank/);
  expect(html.match(/<a [^>]*>/)?.[0]).toContain('href="https://elsewhere.example/offer"');
  expect(html.match(/<a [^>]*>/)?.[0]).toContain('title="https://elsewhere.example/offer"');
  await expect.poll(() => page.frames().some((frame) => frame.url().endsWith("/html"))).toBe(true);
  expect(remote.asked).toEqual([]);

  await mail.getByRole("button", { name: "Show images" }).click();
  await expect.poll(() => remote.times("/pictures/lamp.gif")).toBe(1);
  await expect.poll(() => remote.times("/pictures/pixel.gif?who=sam")).toBe(1);
  await expect(mail.getByRole("button", { name: "Show images" })).toHaveCount(0);
  expect((await read()).headers()["content-security-policy"]).toContain("img-src data: https:;");
  expect(remote.asked.map((one) => one.path).sort()).toEqual(["/pictures/lamp.gif", "/pictures/pixel.gif?who=sam"]);

  // The first thing in the frame that can be reached by keyboard.
  const opened = page.context().waitForEvent("page");
  await element.focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const popup = await opened;
  await expect(popup.getByRole("heading", { name: "Elsewhere" })).toBeVisible();
  expect(popup.url()).toBe("https://elsewhere.example/offer");
  expect(await popup.evaluate(() => [window.opener === null, document.referrer])).toEqual([true, ""]);
  expect(remote.asked.filter((one) => one.referrer !== undefined)).toEqual([]);
  expect(remote.asked.filter((one) => !one.path.startsWith("/pictures/")).map((one) => one.path).filter((path) => path !== "/favicon.ico")).toEqual(["/offer"]);
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
