// What an operator does in the console, in the words of the screen.

import { expect, type Locator, type Page } from "@playwright/test";

/** The row of the list that holds that text: a name, or what was said last. */
export function row(page: Page, text: string | RegExp): Locator {
  return page.getByRole("region", { name: "Conversations" }).getByRole("listitem").filter({ hasText: text });
}

/** Opens the conversation whose row shows that text. */
export async function open(page: Page, text: string | RegExp): Promise<void> {
  await row(page, text).getByRole("link").click();
  await expect(log(page)).toBeVisible();
}

/** The messages of the open conversation. */
export function log(page: Page): Locator {
  return page.getByRole("log");
}

/** One message of the open conversation. */
export function message(page: Page, text: string | RegExp): Locator {
  return log(page).getByRole("article").filter({ hasText: text });
}

export async function accept(page: Page): Promise<void> {
  const button = page.getByRole("main").getByRole("button", { name: "Accept" });
  await button.click();
  await expect(button).toHaveCount(0);
}

export async function reply(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Your reply" }).fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

export async function note(page: Page, text: string): Promise<void> {
  await page.getByRole("tab", { name: "Note" }).click();
  await page.getByRole("textbox", { name: "Your note" }).fill(text);
  await page.getByRole("button", { name: "Add note" }).click();
  await page.getByRole("tab", { name: "Reply" }).click();
}

let hired = 100;

/** Makes one more operator: the daemon may be shared by tests. */
export async function colleague(page: Page, base: string, called: string, role = "operator"): Promise<{ name: string; email: string; password: string }> {
  hired += 1;
  const name = `${called} ${hired}`;
  const who = { email: `${name.toLowerCase().replace(/\W+/g, ".")}@example.com`, password: "a long enough one" };
  const made = await page.request.post(`${base}/api/v1/operators`, { data: { ...who, name, role }, headers: { origin: base } });
  expect(made.ok(), await made.text()).toBe(true);
  return { name, ...who };
}
