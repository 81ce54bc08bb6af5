// Twenty operators press at the same moment.

import { colleague, open } from "./support/console";
import { expect, test } from "./support/town";

const OTHERS = 19;

test("of twenty who accept at once exactly one wins, and the others learn who", async ({ page, playwright, town }) => {
  const line = town.line("whatsapp");
  const customer = line.stranger();
  const question = `Who is the fastest? asks ${customer.name}`;
  // Twenty people are made and signed in, whose passwords are slow to check on purpose.
  test.setTimeout(120_000);
  await town.enter(page);
  const others = await Promise.all(
    Array.from({ length: OTHERS }, async () => {
      const { email, password } = await colleague(page, town.base, "Racer");
      const request = await playwright.request.newContext({ baseURL: town.base, extraHTTPHeaders: { origin: town.base } });
      expect((await request.post("/api/v1/sessions", { data: { email, password } })).ok()).toBe(true);
      return request;
    }),
  );
  await line.say(customer, question);
  await open(page, question);
  const id = new URL(page.url()).pathname.split("/").at(-1);
  const button = await page.getByRole("main").getByRole("button", { name: "Accept" }).elementHandle();
  if (!button) throw new Error("no button to accept with");
  const [answers] = await Promise.all([
    Promise.all(others.map((one) => one.post(`/api/v1/conversations/${id}/accept`))),
    // Not Playwright's click, which would wait until nothing moves.
    button.evaluate((node) => (node as HTMLElement).click()),
  ]);
  const won = answers.filter((one) => one.ok()).length;
  const now = await (await page.request.get(`${town.base}/api/v1/conversations/${id}`)).json();
  expect(won + (now.assignee.name === "Demo operator" ? 1 : 0)).toBe(1);
  for (const lost of answers.filter((one) => !one.ok())) expect((await lost.json()).status).toBe(409);
  await expect(page.getByRole("main")).toContainText(won ? `With ${now.assignee.name}` : "With you");
  await Promise.all(others.map((one) => one.dispose()));
});
