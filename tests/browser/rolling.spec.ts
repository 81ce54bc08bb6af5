// Lists that still roll take a press all the same.

import { accept, log, open, reply, row } from "./support/console";
import { expect, test } from "./support/town";

/** Frames without a movement after which a list takes the next one for a new one: more than 150 ms. */
const STILL = 15;

/** Rolls a list that stands still a little, and tells whether all that is found in sight lies under the pointer while it rolls. */
async function pressable(list: Element, [found, still]: [string, number]): Promise<boolean> {
  const frame = () => new Promise((next) => requestAnimationFrame(next));
  for (let n = 0, at = list.scrollTop; n < still; n = list.scrollTop === at ? n + 1 : 0) {
    at = list.scrollTop;
    await frame();
  }
  const before = list.scrollTop;
  list.scrollTop += before > 40 ? -20 : 20;
  const rolls = list.scrollTop !== before;
  // The event of it comes with the next frame.
  await frame();
  await frame();
  const outer = list.getBoundingClientRect();
  const boxes = [...list.querySelectorAll(found)].map((one) => ({ one, box: one.getBoundingClientRect() }));
  const seen = boxes.filter(({ box }) => box.top > outer.top && box.bottom < outer.bottom);
  const under = ({ one, box }: (typeof seen)[number]) => one.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
  return rolls && seen.length > 0 && seen.every(under);
}

test("a row and a message can be pressed while their list still rolls", async ({ page, town }) => {
  await page.setViewportSize({ width: 1200, height: 480 });
  await town.enter(page, "/list/all");
  const line = town.line("telegram");
  const customer = line.stranger();
  for (const one of [line.stranger(), line.stranger(), line.stranger(), line.stranger(), customer]) await line.say(one, `From ${one.name}`);
  await expect(row(page, customer.name)).toBeVisible();
  expect(await page.getByRole("region", { name: "Conversations" }).getByRole("list").last().evaluate(pressable, ["[data-conversation]", STILL] as [string, number])).toBe(true);

  await open(page, customer.name);
  await accept(page);
  for (let n = 1; n <= 6; n++) await reply(page, `Line ${n}`);
  await expect(log(page)).toContainText("Line 6");
  expect(await log(page).evaluate(pressable, [".bubble", STILL] as [string, number])).toBe(true);
});
