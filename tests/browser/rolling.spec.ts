// Lists that still roll take a press all the same.

import { accept, log, open, reply, row } from "./support/console";
import { expect, test } from "./support/town";

/** Rolls a list a little, and tells what lies under the pointer in the middle of what is found, while the list still rolls. */
const pressable = (list: Element, found: string) =>
  new Promise<boolean>((told) => {
    list.scrollTop += list.scrollTop > 40 ? -20 : 20;
    // The event of it comes with the next frame.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const frame = list.getBoundingClientRect();
        const boxes = [...list.querySelectorAll(found)].map((one) => ({ one, box: one.getBoundingClientRect() }));
        const seen = boxes.filter(({ box }) => box.top > frame.top && box.bottom < frame.bottom);
        told(seen.length > 0 && seen.every(({ one, box }) => one.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2))));
      }),
    );
  });

test("a row and a message can be pressed while their list still rolls", async ({ page, town }) => {
  await page.setViewportSize({ width: 1200, height: 480 });
  await town.enter(page, "/list/all");
  const line = town.line("telegram");
  const customer = line.stranger();
  for (const one of [line.stranger(), line.stranger(), line.stranger(), line.stranger(), customer]) await line.say(one, `From ${one.name}`);
  await expect(row(page, customer.name)).toBeVisible();
  expect(await page.getByRole("region", { name: "Conversations" }).getByRole("list").last().evaluate(pressable, "[data-conversation]")).toBe(true);

  await open(page, customer.name);
  await accept(page);
  for (let n = 1; n <= 6; n++) await reply(page, `Line ${n}`);
  await expect(log(page)).toContainText("Line 6");
  expect(await log(page).evaluate(pressable, ".bubble")).toBe(true);
});
