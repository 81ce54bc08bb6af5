// A channel that only a person can put right says so to everybody, until it works again.

import { accept, open, reply } from "./support/console";
import { Provider } from "./support/providers";
import { expect, openShop, test } from "./support/shop";

const ANN = { id: "50012346", name: "Ann" };

test("refused credentials are told in the console, and forgotten when an answer goes again", async ({ page, shop }) => {
  const provider = await Provider.start("telegram");
  try {
    await openShop(page, shop);
    const { token, url } = provider.account;
    const inbox = { name: "Our bot", channel: "telegram", settings: { token, api_url: url } };
    const made = await page.request.post(`${shop.base}/api/v1/inboxes`, { data: inbox, headers: { origin: shop.base } });
    expect(made.status(), await made.text()).toBe(201);

    const line = provider.line("telegram", [ANN], page.request);
    await line.say(ANN, "Do you hear me?");
    await open(page, "Do you hear me?");
    await accept(page);
    const refusal = JSON.stringify({ ok: false, error_code: 401, description: "Unauthorized" });
    await line.fault({ path: "sendMessage", fault: { is: "answer", status: 401, headers: [["content-type", "application/json"]], body: refusal } });
    await reply(page, "Loud and clear");

    const banner = page.getByRole("status").filter({ hasText: "Our bot needs an administrator" });
    await expect(banner).toContainText("Telegram does not know this bot's token");
    await banner.getByRole("link", { name: "Look at the channel" }).click();
    await expect(page.getByText("New credentials needed")).toBeVisible();
    await page.getByRole("link", { name: "All channels" }).click();
    const card = page.getByRole("article").filter({ hasText: "Our bot" });
    await card.getByRole("button", { name: "Pause" }).click();
    await card.getByRole("button", { name: "Resume" }).click();
    await expect(banner).toHaveCount(0);
    expect(await line.sees(ANN, "Loud and clear")).toBe(1);
  } finally {
    await provider.stop();
  }
});
