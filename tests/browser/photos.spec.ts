// Large photos leave smaller and upright, and as they were where somebody wants that.

import type { Page } from "@playwright/test";
import { accept, open } from "./support/console";
import { expect, openShop, test } from "./support/shop";

/** As a phone held upright takes it: 4000 by 1000 pixels lying on their side, the top red, and a note how to turn them. */
async function photo(page: Page): Promise<Buffer> {
  const bytes = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 4_000, height: 1_000 });
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no canvas");
    context.fillStyle = "blue";
    context.fillRect(0, 0, 4_000, 1_000);
    context.fillStyle = "red";
    context.fillRect(0, 0, 2_000, 1_000);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.95));
    return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))];
  });
  // Exif after the start of the image: a big-endian TIFF with one entry, Orientation = 6 (turn by a quarter to the right).
  const exif = Buffer.from("ffe100224578696600004d4d002a00000008000101120003000000010006000000000000", "hex");
  return Buffer.concat([Buffer.from(bytes.slice(0, 2)), exif, Buffer.from(bytes.slice(2))]);
}

/** What the picture at an address is, and the colour of its first and of its last row. */
function look(page: Page, address: string) {
  return page.evaluate(async (url) => {
    const blob = await (await fetch(url)).blob();
    const picture = await createImageBitmap(blob);
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
    const context = canvas.getContext("2d");
    context?.drawImage(picture, 0, 0);
    const colour = (y: number) => {
      const [red = 0, , blue = 0] = context?.getImageData(5, y, 1, 1).data ?? [];
      return red > blue ? "red" : "blue";
    };
    return { bytes: blob.size, type: blob.type, width: picture.width, height: picture.height, top: colour(5), bottom: colour(picture.height - 6) };
  }, address);
}

test("a large photo is made smaller and stays upright, unless the original is wanted", async ({ page, shop, browser }) => {
  await openShop(page, shop);
  const customer = await (await browser.newContext()).newPage();
  await customer.goto(`${shop.base}/chat`);
  await customer.getByRole("textbox", { name: "Message" }).fill("Which of them is blue?");
  await customer.getByRole("button", { name: "Send" }).click();
  await open(page, "Which of them is blue?");
  await accept(page);

  const original = await photo(page);
  const file = { name: "shelf.jpeg", mimeType: "image/jpeg", buffer: original };
  const waiting = page.getByRole("list", { name: "Files to be sent" }).getByRole("listitem");
  const wayBack = waiting.getByRole("button", { name: /Send the original .*shelf\.jpg/ });
  const pictures = page.getByRole("log").getByRole("button", { name: /shelf/ }).getByRole("img");
  const send = page.getByRole("button", { name: "Send", exact: true });

  await page.locator("input[type=file]").setInputFiles(file);
  await expect(wayBack).toBeVisible();
  await send.click();
  await expect(pictures).toHaveCount(1);
  const smaller = await look(page, (await pictures.first().getAttribute("src")) ?? "");
  expect(smaller).toMatchObject({ type: "image/jpeg", width: 640, height: 2_560, top: "red", bottom: "blue" });
  expect(smaller.bytes).toBeLessThan(original.length);

  await page.locator("input[type=file]").setInputFiles(file);
  await wayBack.click();
  await expect(wayBack).toHaveCount(0);
  await expect(send).toBeEnabled();
  await send.click();
  await expect(pictures).toHaveCount(2);
  expect(await look(page, (await pictures.last().getAttribute("src")) ?? "")).toMatchObject({ bytes: original.length, width: 1_000, height: 4_000 });
});
