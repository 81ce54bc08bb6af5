// What a screen reader is told: a new message once, and nothing on loading, scrolling or one's own words.

import { accept, log, message, open, reply } from "./support/console";
import { expect, test } from "./support/town";

test("a new message is announced once, nothing else is", async ({ page, town }) => {
  const line = town.line("telegram");
  const customer = line.stranger();
  const first = `The first of all of ${customer.name}`;
  await town.enter(page);
  await line.say(customer, first);
  await page.evaluate(() => {
    const heard: string[] = [];
    (window as unknown as { heard: string[] }).heard = heard;
    const region = document.querySelector("[data-announcer]");
    if (!region) throw new Error("no announcer");
    new MutationObserver(() => heard.push((region.textContent ?? "").trim())).observe(region, { childList: true, characterData: true, subtree: true });
  });
  const heard = () => page.evaluate(() => (window as unknown as { heard: string[] }).heard);
  await open(page, first);
  await expect(message(page, first)).toBeVisible();
  expect(await log(page).getAttribute("aria-live")).toBe("off");
  await accept(page);
  await reply(page, "My own words");
  await expect(message(page, "My own words")).toBeVisible();
  expect((await heard()).filter((one) => /first of all|own words/i.test(one))).toEqual([]);

  await line.say(customer, "Now something new");
  await expect.poll(async () => (await heard()).filter((one) => one.includes("Now something new")).length).toBe(1);
  await log(page).hover();
  await page.mouse.wheel(0, -2000);
  await page.mouse.wheel(0, 4000);
  await line.say(customer, "And one more");
  await expect.poll(async () => (await heard()).filter((one) => one.includes("And one more")).length).toBe(1);
  expect((await heard()).filter((one) => one.includes("Now something new")).length).toBe(1);
});
