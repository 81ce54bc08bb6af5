// The whole main path without a mouse, and on a Russian layout.

import type { CDPSession, Page } from "@playwright/test";
import { log, message, row } from "./support/console";
import { expect, test, type Town } from "./support/town";

const RUSSIAN: Record<string, string> = { KeyJ: "о", KeyK: "л", KeyR: "к", KeyN: "т", KeyA: "ф", KeyE: "у", KeyG: "п", KeyQ: "й", KeyT: "е" };

/** Presses a key by its place, with the letter that the layout gives. */
async function press(cdp: CDPSession, code: string, shift = false): Promise<void> {
  const letter = RUSSIAN[code] ?? "";
  const text = shift ? letter.toUpperCase() : letter;
  const windowsVirtualKeyCode = code.charCodeAt(3);
  const modifiers = shift ? 8 : 0;
  await cdp.send("Input.dispatchKeyEvent", { type: "keyDown", code, key: text, text, windowsVirtualKeyCode, modifiers });
  await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", code, key: text, windowsVirtualKeyCode, modifiers });
}

async function asked(page: Page, town: Town, what: string) {
  const line = town.line("messenger");
  const customer = line.stranger();
  const text = `${what}, says ${customer.name}`;
  await town.enter(page, "/list/queue");
  await line.say(customer, text);
  await expect(row(page, text)).toBeVisible();
  return { line, customer, text };
}

test("accept, answer, note and close by keyboard alone, on a Russian layout", async ({ page, town }) => {
  const { line, customer, text } = await asked(page, town, "Only by keyboard");
  const cdp = await page.context().newCDPSession(page);
  // The queue may hold others: walk until it is this one.
  await expect(async () => {
    await press(cdp, "KeyJ");
    await expect(message(page, text)).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await press(cdp, "KeyA", true);
  const box = page.getByRole("textbox", { name: "Your reply" });
  await expect(box).toBeFocused();
  await page.keyboard.type("Answered without a mouse");
  await page.keyboard.press("Enter");
  await expect(message(page, "Answered without a mouse")).toContainText(/sent|delivered|read/i, { timeout: 20_000 });
  expect(await line.sees(customer, "Answered without a mouse")).toBe(1);

  await page.keyboard.press("Escape");
  await expect(box).not.toBeFocused();
  await press(cdp, "KeyN");
  await expect(page.getByRole("textbox", { name: "Your note" })).toBeFocused();
  await page.keyboard.type("A note by keyboard");
  await page.keyboard.press("Control+Enter");
  await expect(log(page)).toContainText("A note by keyboard");

  await page.keyboard.press("Escape");
  await press(cdp, "KeyE");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await press(cdp, "KeyE");
  const confirm = page.getByRole("dialog").getByRole("button", { name: /^Close/ }).last();
  await expect(page.getByRole("dialog")).toBeVisible();
  for (let i = 0; i < 30 && !(await confirm.evaluate((node) => node === document.activeElement)); i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main").getByRole("button", { name: "Reopen" }).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/list\//);
});

test("letters are letters while somebody writes, and shortcuts can be switched off", async ({ page, town }) => {
  const { text } = await asked(page, town, "Do not jump away");
  await row(page, text).getByRole("link").click();
  const box = page.getByRole("textbox", { name: /Your (reply|note)/ });
  await box.click();
  await page.keyboard.type("jjj");
  await expect(box).toHaveValue("jjj");
  await expect(message(page, text)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(box).not.toBeFocused();
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "All commands" });
  await expect(palette.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("shortcuts");
  await expect(palette.getByRole("option", { selected: true })).toContainText(/shortcuts/i);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  const off = { shortcuts: false };
  expect((await page.request.put(`${town.base}/api/v1/me/preferences`, { data: off, headers: { origin: town.base } })).ok()).toBe(true);
  await page.reload();
  await expect(message(page, text)).toBeVisible();
  const address = () => page.evaluate(() => location.href);
  const before = await address();
  await page.getByRole("main").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("g");
  await page.keyboard.press("q");
  expect(await address()).toBe(before);
  await page.request.put(`${town.base}/api/v1/me/preferences`, { data: {}, headers: { origin: town.base } });
});
