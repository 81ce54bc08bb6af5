// The main path on every channel: a customer writes, an operator takes it, answers, notes, hands over and closes; the
// customer has the answer on their own phone, and nothing else.

import { accept, colleague, message, note, open, reply, row } from "./support/console";
import { expect, test } from "./support/town";

const CHANNELS = ["web_chat", "telegram", "whatsapp", "vk", "email", "messenger"];

for (const channel of CHANNELS) {
  test(`${channel}: from the customer to the operator and back`, async ({ page, town }) => {
    const line = town.line(channel);
    const customer = line.stranger();
    const question = `Question of ${customer.name} by ${channel}`;
    const answer = `Answer to ${customer.name} by ${channel}`;
    await town.enter(page);
    const cleo = await colleague(page, town.base, "Cleo");

    await line.say(customer, question);
    await open(page, question);
    await expect(message(page, question)).toBeVisible();
    await accept(page);
    await reply(page, answer);
    await expect(message(page, answer)).toContainText(/sent|delivered|read/i, { timeout: 20_000 });
    expect(await line.sees(customer, answer)).toBe(1);

    await note(page, `Only for us, ${channel}`);
    await expect(message(page, `Only for us, ${channel}`)).toBeVisible();

    await page.getByRole("button", { name: "Transfer" }).click();
    const dialog = page.getByRole("dialog", { name: /transfer/i });
    await dialog.getByText(cleo.name, { exact: true }).first().click();
    await dialog.getByLabel("Comment").fill("Please go on");
    await dialog.getByRole("button", { name: "Transfer" }).click();
    await expect(page.getByRole("main")).toContainText(cleo.name);

    // Handed over, and taken back before the colleague saw it.
    await accept(page);
    await page.getByRole("main").getByRole("button", { name: /^Close/ }).first().click();
    const closing = page.getByRole("dialog", { name: /close/i });
    await closing.getByRole("button", { name: /^Close/ }).last().click();
    await expect(page.getByRole("main").getByRole("button", { name: "Reopen" }).first()).toBeVisible();
    await expect(row(page, answer)).toHaveCount(0);
    const seen = await line.shown(customer);
    expect(seen.filter((one) => !one.mine).map((one) => one.text)).toEqual([answer]);
  });
}
