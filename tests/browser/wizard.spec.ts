// An administrator connects an account with what the provider gave, and sees with the first customer that it works.

import type { Page } from "@playwright/test";
import { type Account, Provider } from "./support/providers";
import { expect, openShop, test as base, type Shop } from "./support/shop";

const ANN = { id: "50012345", name: "Ann" };
/** The channel test looks every few seconds, and the doctor asks the provider several things. */
const WAIT_MS = 30_000;

type Channel = "telegram" | "vk" | "whatsapp";

const test = base.extend<{ provider: (channel: Channel) => Promise<Provider> }>({
  provider: async ({}, use) => {
    const started: Provider[] = [];
    await use(async (channel) => {
      const provider = await Provider.start(channel);
      started.push(provider);
      return provider;
    });
    for (const provider of started) await provider.stop();
  },
});

/** Fields by what is written beside them, in the order of the page. */
const FIELDS: Record<Channel, { name: string; fields: (account: Account) => [RegExp, string][] }> = {
  telegram: { name: "Telegram", fields: ({ token }) => [[/^Token$/, token]] },
  vk: { name: "VK", fields: ({ token, group_id }) => [[/^Number of the community$/, String(group_id)], [/^Access key$/, token]] },
  whatsapp: {
    name: "WhatsApp",
    fields: ({ token, phone_number_id, waba_id, app_secret }) => [
      [/^Phone number ID$/, phone_number_id ?? ""],
      [/^WhatsApp Business account ID$/, waba_id ?? ""],
      [/^Access token$/, token],
      [/^App secret$/, app_secret ?? ""],
    ],
  },
};

async function begin(page: Page, shop: Shop, channel: Channel): Promise<void> {
  await openShop(page, shop);
  await page.goto(`${shop.base}/admin/channels`);
  await page.getByRole("button", { name: "Connect a channel" }).click();
  await page.getByRole("button", { name: new RegExp(`^(.* )?${FIELDS[channel].name} `) }).click();
  await expect(page.getByRole("heading", { name: "Then, here" })).toBeVisible();
}

async function paste(page: Page, channel: Channel, account: Account): Promise<void> {
  for (const [label, value] of FIELDS[channel].fields(account)) await page.getByLabel(label).fill(value);
  await page.getByText("More settings").click();
  await page.getByLabel(/^Address of the API/).fill(account.url);
}

const connect = (page: Page) => page.getByRole("button", { name: "Connect and test" }).click();
const step = (page: Page, title: string) => page.getByRole("listitem").filter({ has: page.getByText(title, { exact: true }) });

/** The inboxes that were made in the console. */
async function connected(page: Page, shop: Shop): Promise<{ channel: string; health: { state: string } }[]> {
  const kept = await (await page.request.get(`${shop.base}/api/v1/inboxes`)).json();
  return kept.items.filter((inbox: { source: string }) => inbox.source === "api");
}

for (const channel of ["telegram", "whatsapp", "vk"] as const) {
  test(`${channel} is connected, and the test turns green with the first customer`, async ({ page, shop, provider }) => {
    const running = await provider(channel);
    await begin(page, shop, channel);
    await paste(page, channel, running.account);
    await connect(page);
    await expect(page).toHaveURL(/\/admin\/channels\/(?!new)/);
    await expect(step(page, "Every check is passed")).toContainText("done", { timeout: WAIT_MS });

    const line = running.line(channel, [ANN], page.request);
    await line.say(ANN, "Is this thing on?");
    await expect(page.getByRole("blockquote")).toHaveText("Is this thing on?", { timeout: WAIT_MS });
    await expect(step(page, "The line is up")).toContainText("done", { timeout: WAIT_MS });
    await expect(page.getByText("Everything works.")).toBeHidden();
    await page.getByRole("button", { name: "Send", exact: true }).click();
    expect(await line.sees(ANN, "Hello! This line works.")).toBe(1);
    await expect(page.getByText("Everything works.")).toBeVisible({ timeout: WAIT_MS });
    expect(await connected(page, shop)).toMatchObject([{ channel, health: { state: "connected" } }]);
  });
}

test("what cannot be a token is not even asked for at the provider", async ({ page, shop, provider }) => {
  const { account } = await provider("telegram");
  await begin(page, shop, "telegram");
  await paste(page, "telegram", { ...account, token: "my bot" });
  await connect(page);
  const token = page.getByLabel(/^Token$/);
  await expect(token).toBeFocused();
  await expect(token).toHaveAccessibleDescription(/a number, a colon and 35 characters/);
  expect(await connected(page, shop)).toEqual([]);
});

for (const [channel, wrong, words] of [
  ["telegram", "7100001:AAHwrong_wrong_wrong_wrong_wrong_wr", /Telegram does not know the token: ask @BotFather/],
  ["whatsapp", "EAAJanotherToken", /token/i],
  ["vk", "vk1.a.another", /access key/i],
] as const) {
  test(`${channel} refuses another token: it says so, and nothing is kept`, async ({ page, shop, provider }) => {
    const { account } = await provider(channel);
    await begin(page, shop, channel);
    await paste(page, channel, { ...account, token: wrong });
    await connect(page);
    await expect(page.getByRole("alert").filter({ hasText: words })).toBeVisible({ timeout: WAIT_MS });
    expect(await connected(page, shop)).toEqual([]);

    // What was written is there still: only the token has to be put right.
    for (const [label, value] of FIELDS[channel].fields({ ...account, token: wrong })) await expect(page.getByLabel(label)).toHaveValue(value);
    const [label, right] = FIELDS[channel].fields(account).find(([, value]) => value === account.token) ?? [/^$/, ""];
    await page.getByLabel(label).fill(right);
    await connect(page);
    await expect(step(page, "Every check is passed")).toContainText("done", { timeout: WAIT_MS });
  });
}

test("a provider that is away does not hinder whoever knows better", async ({ page, shop, provider }) => {
  const away = await provider("telegram");
  await begin(page, shop, "telegram");
  await paste(page, "telegram", away.account);
  await away.stop();
  await connect(page);
  await expect(page.getByRole("alert")).toContainText("Nothing was kept.", { timeout: WAIT_MS });
  expect(await connected(page, shop)).toEqual([]);
  await page.getByRole("button", { name: "Connect all the same" }).click();
  await expect(page).toHaveURL(/\/admin\/channels\/(?!new)/);
  await expect(step(page, "Every check is passed")).toContainText("failed", { timeout: WAIT_MS });
  expect(await connected(page, shop)).toMatchObject([{ channel: "telegram" }]);
});
