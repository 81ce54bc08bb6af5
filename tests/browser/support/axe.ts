// axe on what is on screen: nothing serious, nothing critical (WCAG 2.2 AA).

import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";
import type { AxeResults } from "axe-core";

const source = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export async function expectAccessible(page: Page, screen: string): Promise<void> {
  // Put in by the debugger, which the page's own policy does not bind.
  if (!(await page.evaluate(() => "axe" in window))) await page.addScriptTag({ path: source }).catch(() => inject(page));
  const results = await page.evaluate(
    (tags) => (window as unknown as { axe: typeof import("axe-core") }).axe.run(document, { runOnly: { type: "tag", values: tags } }),
    TAGS,
  );
  const found = (results as AxeResults).violations
    .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
    .map((violation) => `${violation.id}: ${violation.help}\n  ${violation.nodes.slice(0, 4).map((node) => `${node.html.slice(0, 160)} — ${node.any.concat(node.all)[0]?.message ?? ""}`).join("\n  ")}`);
  expect(found, screen).toEqual([]);
}

async function inject(page: Page): Promise<void> {
  const { readFile } = await import("node:fs/promises");
  await page.evaluate(await readFile(source, "utf8"));
}

/** Everything that is wider than the screen: text must not be cut off at 320 px or 200 % zoom. */
export async function expectNoOverflow(page: Page, screen: string): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide, `${screen} is wider than the screen`).toBeLessThanOrEqual(0);
}

/** Buttons and links that are too small to hit (WCAG 2.5.8); links within a text are free. */
export async function expectTargets(page: Page, screen: string): Promise<void> {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, [role=button], [role=tab], [role=menuitem], select")]
      .filter((node) => node.checkVisibility())
      .map((node) => ({ node, box: node.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
      .map(({ node, box }) => `${node.outerHTML.slice(0, 120)} ${Math.round(box.width)}×${Math.round(box.height)}`),
  );
  expect(small, screen).toEqual([]);
}
