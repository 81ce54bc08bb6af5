// Every screen, light and dark, wide and on a phone, from left and from right: accessible, nothing cut off, a picture of each.

import { mkdir } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expectAccessible, expectNoOverflow, expectTargets } from "./support/axe";
import { accept, log, open, reply } from "./support/console";
import { type Customer, expect, type Line, test, type Town } from "./support/town";

const PICTURES = new URL("../../target/browser/screens/", import.meta.url).pathname;
const LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3);

const PAGES = [
  ["queue", "/list/queue"],
  ["closed", "/list/closed"],
  ["search", "/search?q=hello"],
  ["contacts", "/contacts"],
  ["channels", "/admin/channels"],
  ["operators", "/admin/operators"],
  ["teams", "/admin/teams"],
  ["canned responses", "/admin/canned"],
  ["articles", "/admin/articles"],
  ["raw events", "/admin/raw-events"],
  ["deliveries", "/admin/deliveries"],
  ["system", "/admin/system"],
  ["profile", "/me/profile"],
  ["appearance", "/me/appearance"],
  ["writing", "/me/writing"],
  ["notifications", "/me/notifications"],
  ["tokens", "/me/tokens"],
] as const;

test.beforeAll(() => mkdir(PICTURES, { recursive: true }));

/** Something to look at: a few words on every channel, one of them endless, one from right to left. Whose that is on Telegram. */
async function people(town: Town): Promise<string> {
  let name = "";
  for (const line of town.lines) {
    const customer = line.stranger();
    await line.say(customer, `Hello from ${line.channel}`);
    if (line.channel !== "telegram") continue;
    await everything(line, customer);
    name = customer.name;
  }
  return name;
}

async function everything(telegram: Line, customer: Customer): Promise<void> {
  await telegram.say(customer, LONG);
  await telegram.say(customer, "مرحبا، أين طلبي رقم 4711؟");
  await telegram.say(customer, "", { kind: "photo" });
}

async function look(page: Page, name: string): Promise<void> {
  // A list shows its rows when it has read and measured them.
  const settled = () => {
    const rows = [...document.querySelectorAll("[data-conversation]")].filter((row) => row.getClientRects().length);
    return !document.querySelector("[aria-busy=true]") && rows.every((row) => row.checkVisibility({ visibilityProperty: true }));
  };
  await expect.poll(() => page.evaluate(settled), { message: `${name} has settled` }).toBe(true);
  await expectAccessible(page, name);
  await expectNoOverflow(page, name);
  await expectTargets(page, name);
  await page.screenshot({ path: `${PICTURES}${name.replace(/\W+/g, "-")}.png` });
}

for (const scheme of ["light", "dark"] as const) {
  test(`every page of the console, ${scheme}`, async ({ page, town }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme: scheme });
    const name = await people(town);
    await town.enter(page);
    for (const [name, path] of PAGES) {
      await page.goto(town.base + path);
      // Pages are loaded when they are opened: until then there is nothing to look at.
      await expect(page.getByRole("main")).toContainText(/\S/);
      await expect(page.getByText("Loading…")).toHaveCount(0);
      await look(page, `${name} ${scheme}`);
    }
    await page.goto(`${town.base}/list/all`);
    await open(page, name);
    await look(page, `conversation ${scheme}`);
  });
}

test("a conversation on a phone of 320 pixels", async ({ page, town }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  const name = await people(town);
  await town.enter(page, "/list/all");
  await look(page, "list phone");
  await open(page, name);
  await expectNoOverflow(page, "conversation phone");
  await accept(page);
  await reply(page, "From a phone");
  await expect(log(page)).toContainText("From a phone");
  await look(page, "conversation phone");
});

for (const [language, direction, word] of [["ar", "rtl", "محادثاتي"], ["ru", "ltr", "Мои"]] as const) {
  test(`the console in ${language}`, async ({ page, town }) => {
    await people(town);
    await town.enter(page, "/me/appearance");
    await page.getByRole("radio", { name: { ar: "العربية", ru: "Русский" }[language] }).check({ force: true });
    await expect(page.locator("html")).toHaveAttribute("dir", direction);
    await page.goto(`${town.base}/list/all`);
    await expect(page.getByRole("link", { name: word }).first()).toBeVisible();
    await look(page, `list ${language}`);
    await page.locator("[data-conversation]").first().click();
    await expect(log(page)).toBeVisible();
    await look(page, `conversation ${language}`);
    await page.setViewportSize({ width: 320, height: 640 });
    await expectNoOverflow(page, `conversation ${language} phone`);
    await page.request.put(`${town.base}/api/v1/me/preferences`, { data: {}, headers: { origin: town.base } });
  });
}
