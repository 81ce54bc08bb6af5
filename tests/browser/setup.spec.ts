// The first minutes of a new installation.

import { expect, setUp, test, ADMIN } from "./support/shop";

test("the printed link makes the first administrator, once", async ({ page, shop }) => {
  const link = await shop.start();
  expect(link).not.toBeNull();
  await setUp(page, link ?? "");
  await expect(page.getByRole("navigation", { name: "Places" })).toBeVisible();
  await expect(page.getByText("Nobody waits. Well done.")).toBeVisible();

  await page.context().clearCookies();
  await setUp(page, link ?? "");
  await expect(page.getByRole("alert")).toBeVisible();

  await page.goto(shop.base);
  await page.getByLabel("Email").fill(ADMIN.email);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("navigation", { name: "Places" })).toBeVisible();
});

test("a link that lost its secret says so", async ({ page, shop }) => {
  await shop.start();
  await page.goto(`${shop.base}/setup`);
  await expect(page.getByRole("alert")).toContainText("the part after # is missing");
});
