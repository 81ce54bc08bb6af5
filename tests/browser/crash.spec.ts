// The widget on somebody's page while the daemon dies and comes back: nothing is lost or doubled, nothing changes places.

import type { Page } from "@playwright/test";
import { accept, log, message, open, reply } from "./support/console";
import { ADMIN, expect, signIn, test, type Shop } from "./support/shop";
import { openWidget, say, Site } from "./support/site";

/** Both sides wait up to half a minute between tries. */
const BACK_MS = 45_000;

/** What stands in a thread, from top to bottom, of the words that were looked for. */
async function order(thread: { innerText(): Promise<string> }, words: string[]): Promise<string[]> {
  const text = await thread.innerText();
  const places = words.flatMap((word) => [...text.matchAll(new RegExp(`^${word}$`, "gm"))].map((found) => ({ word, at: found.index })));
  return places.sort((a, b) => a.at - b.at).map(({ word }) => word);
}

async function kept(page: Page, shop: Shop): Promise<string[]> {
  await signIn(page.request, shop.base, ADMIN);
  const id = new URL(page.url()).pathname.split("/").at(-1);
  const { items } = await (await page.request.get(`${shop.base}/api/v1/conversations/${id}/messages?after=0&limit=200`)).json();
  return items.filter((one: { kind: string }) => one.kind === "text").map((one: { text: string }) => one.text);
}

test("the daemon is killed while a visitor writes in the widget", async ({ page, shop, browser }) => {
  test.setTimeout(150_000);
  // The console keeps in the page only what is near the eye: here that is everything.
  await page.setViewportSize({ width: 1280, height: 3000 });
  const site = await Site.of(page, shop);
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(site.origin);
  const chat = await openWidget(visitor);
  await say(chat, "Visitor 1");
  await open(page, "Visitor 1");
  await accept(page);
  await reply(page, "Operator 1");
  await expect(chat.getByRole("log")).toContainText("Operator 1");

  // In the middle of a row of words: some are stored, some are under way, some are not yet written.
  const said = ["Visitor 1"];
  for (let n = 2; n <= 8; n++) {
    if (n === 5) void shop.stop("SIGKILL");
    await say(chat, `Visitor ${n}`);
    said.push(`Visitor ${n}`);
  }
  await shop.stop("SIGKILL");
  await expect(chat.getByRole("status").filter({ hasText: "Reconnecting… What you write is kept and sent." })).toBeVisible();
  await say(chat, "Visitor 9");
  said.push("Visitor 9");
  for (const text of ["Operator 2", "Operator 3"]) await reply(page, text);
  await shop.start();

  const answered = ["Operator 1", "Operator 2", "Operator 3"];
  for (const thread of [log(page), chat.getByRole("log")]) {
    await expect.poll(() => order(thread, said), { timeout: BACK_MS }).toEqual(said);
    await expect.poll(() => order(thread, answered), { timeout: BACK_MS }).toEqual(answered);
  }
  await expect(chat.getByText(/Reconnecting/)).toHaveCount(0);
  const stored = await kept(page, shop);
  expect(stored.filter((text) => text.startsWith("Visitor"))).toEqual(said);
  expect(stored.filter((text) => text.startsWith("Operator"))).toEqual(answered);
  // Both sides show what the daemon has, in its order, as soon as they know that it has it.
  for (const thread of [log(page), chat.getByRole("log")]) await expect.poll(() => order(thread, stored)).toEqual(stored);

  await reply(page, "Operator 4");
  await expect(chat.getByRole("log").getByText("Operator 4")).toHaveCount(1);
  await say(chat, "Visitor 10");
  await expect(message(page, "Visitor 10")).toHaveCount(1);
  await site.close();
});

test("a visitor who leaves while the daemon is down finds their words sent when they return", async ({ page, shop, browser }) => {
  test.setTimeout(150_000);
  const site = await Site.of(page, shop);
  const context = await browser.newContext();
  const visitor = await context.newPage();
  await visitor.goto(site.origin);
  const chat = await openWidget(visitor);
  await say(chat, "Visitor 1");
  await open(page, "Visitor 1");

  await shop.stop("SIGKILL");
  await say(chat, "Visitor 2");
  await visitor.close();
  await shop.start();
  const again = await context.newPage();
  await again.goto(site.origin);
  const thread = (await openWidget(again)).getByRole("log");
  await expect.poll(() => order(thread, ["Visitor 1", "Visitor 2"]), { timeout: BACK_MS }).toEqual(["Visitor 1", "Visitor 2"]);
  await expect.poll(() => order(log(page), ["Visitor 1", "Visitor 2"]), { timeout: BACK_MS }).toEqual(["Visitor 1", "Visitor 2"]);
  expect(await kept(page, shop)).toEqual(["Visitor 1", "Visitor 2"]);
  await site.close();
});
