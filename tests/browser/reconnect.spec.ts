// Cut off, killed and started again: what was said meanwhile is there afterwards, once and in order.

import type { Page } from "@playwright/test";
import { Cable } from "./support/cable";
import { accept, colleague, log, message, open, reply } from "./support/console";
import { ADMIN, openShop, signIn, test as shopTest } from "./support/shop";
import { expect, test } from "./support/town";

const CUT_MS = 60_000;

test("an operator who is cut off for a minute misses nothing", async ({ page, browser, town }) => {
  test.setTimeout(150_000);
  const line = town.line("vk");
  const customer = line.customers[1];
  if (!customer) throw new Error("no customer");
  await town.enter(page);
  const who = await colleague(page, town.base, "Bea Cutoff", "supervisor");
  const cable = await Cable.lay(Number(new URL(town.base).port));
  const far = await (await browser.newContext()).newPage();
  await signIn(far.request, cable.base, who);
  await far.goto(cable.base);

  await line.say(customer, "A long talk begins");
  await open(page, "A long talk begins");
  await accept(page);
  await far.goto(`${cable.base}${new URL(page.url()).pathname}`);
  await expect(message(far, "A long talk begins")).toBeVisible();

  cable.pull();
  const until = Date.now() + CUT_MS;
  await expect(far.getByText("No connection.")).toBeVisible();
  let n = 0;
  while (Date.now() < until) {
    n += 1;
    await reply(page, `Answer ${n}`);
    await expect(message(page, `Answer ${n}`).last()).toContainText(/sent|delivered|read/i, { timeout: 20_000 });
    await line.say(customer, `Question ${n}`);
    await expect(message(page, `Question ${n}`).last()).toBeVisible();
  }
  cable.plug();
  await far.getByRole("button", { name: "Now" }).click({ timeout: 5_000 }).catch(() => undefined);
  await expect(far.getByText("No connection.")).toBeHidden({ timeout: 40_000 });
  await expect(message(far, `Question ${n}`).last()).toBeVisible();

  const id = new URL(page.url()).pathname.split("/").at(-1);
  const kept = await (await page.request.get(`${town.base}/api/v1/conversations/${id}/messages?after=0&limit=200`)).json();
  const expected = kept.items.filter((one: { kind: string }) => one.kind === "text").map((one: { text: string }) => one.text);
  for (const one of [page, far]) expect(await walked(one)).toEqual(expected);
  await cable.remove();
});

/** Steps that bring nothing new, one after the other, before the top is believed. */
const STILL = 12;

/** All texts of the open thread, from its end to its beginning and back: only what is near is in the page, older ones are loaded. */
async function walked(page: Page): Promise<string[]> {
  const texts = new Map<number, string>();
  const scroller = log(page);
  await scroller.hover();
  const step = async (by: number) => {
    const before = texts.size;
    await page.mouse.wheel(0, by);
    await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
    const shown = await scroller.getByRole("article").evaluateAll((nodes) =>
      nodes.map((node) => [Number(node.getAttribute("data-number")), node.querySelector("p.words")?.textContent ?? ""] as const),
    );
    for (const [number, text] of shown) if (text) texts.set(number, text);
    return texts.size > before;
  };
  await step(1_000_000);
  let steps = 0;
  for (let still = 0; still < STILL; steps++) still = (await step(-200)) ? 0 : still + 1;
  while (steps-- > 0) await step(200);
  return [...texts].sort(([a], [b]) => a - b).map(([, text]) => text);
}

shopTest("the daemon is killed and started again under an open console", async ({ page, shop }) => {
  await openShop(page, shop);
  const visitor = await (await page.context().browser()?.newContext())?.newPage();
  if (!visitor) throw new Error("no second browser");
  const customer = visitor.getByRole("textbox").last();
  await visitor.goto(`${shop.base}/chat`);
  await customer.fill("Before the crash");
  await customer.press("Enter");
  await open(page, "Before the crash");
  await accept(page);

  await shop.stop("SIGKILL");
  await page.getByRole("textbox", { name: "Your reply" }).fill("Written while it was down");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await customer.fill("The customer as well");
  await customer.press("Enter");
  await expect(page.getByText("No connection.")).toBeVisible();
  await shop.start();

  for (const one of [page, visitor]) {
    await expect(one.getByText("Written while it was down")).toHaveCount(1, { timeout: 45_000 });
    await expect(one.getByRole("log").getByText("The customer as well")).toHaveCount(1, { timeout: 45_000 });
  }
  const conversation = new URL(page.url()).pathname.split("/").at(-1);
  await signIn(page.request, shop.base, ADMIN);
  const kept = await (await page.request.get(`${shop.base}/api/v1/conversations/${conversation}/messages?after=0`)).json();
  const texts = kept.items.filter((one: { kind: string }) => one.kind === "text").map((one: { text: string }) => one.text);
  expect([...texts].sort()).toEqual(["Before the crash", "The customer as well", "Written while it was down"]);
});
