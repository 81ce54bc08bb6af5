// Pictures of what is on screen: beside the other results, or with TRUNKLINE_PICTURES=1 where the documentation shows them.

import { mkdir } from "node:fs/promises";
import type { Page } from "@playwright/test";

const asked = process.env.TRUNKLINE_PICTURES === "1";
const FOLDER = new URL(asked ? "../../../docs/pictures/" : "../../../target/browser/pictures/", import.meta.url).pathname;

export async function take(page: Page, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  // Animations are at their end and no caret blinks: the same picture each time, but for names and times.
  await page.screenshot({ path: `${FOLDER}${name}.png`, animations: "disabled", caret: "hide" });
}
