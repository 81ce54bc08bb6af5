// The console's figures, beside what the same browser needs on the same machine for a page with nothing on it.

import { expect } from "@playwright/test";
import type { Page } from "@playwright/test";
import { Site } from "../support/site";
import { test } from "./desk";
import { percentile, type Figures } from "./figures";
import { clockAhead, putProbe } from "./probe";
import { now } from "./visitor";

const MESSAGES = 200;
const TYPINGS = 30;
/** Typing of one person is told twice a second at most: what comes within a second of the last may have to wait for its turn. */
const TYPING_EVERY_MS = 800;
const PAGES = 50;
const LOADS = 7;
const FLOORS = 60;
/** Pixels that one notch of a wheel moves, one notch a frame: faster than a hand. */
const NOTCH = 120;
const NOTCHES = 300;
/** How long the whole list, and the whole conversation, may take to go through. */
const THROUGH_MS = 12_000;

test.describe.configure({ mode: "default" });

test("floor: a page with nothing on it", async ({ browser, figures }) => {
  const site = await Site.open();
  site.policy = "";
  site.page = '<!doctype html><title>Floor</title><p id="here">Here</p>';
  const page = await browser.newPage();
  await putProbe(page);
  const paints: number[] = [];
  for (let i = 0; i < LOADS; i++) {
    await page.goto(site.origin);
    paints.push(await firstPaint(page));
  }
  const { samples, deltas } = await page.evaluate(async (count) => {
    const samples: number[] = [];
    for (let i = 0; i < count; i++) {
      const begun = window.probe.now();
      const line = document.createElement("p");
      line.textContent = `Line ${i}`;
      document.body.prepend(line);
      samples.push((await window.probe.painted(() => line)) - begun);
      await new Promise((later) => setTimeout(later, Math.random() * 30));
    }
    const { deltas } = await window.probe.frames((frame) => frame < 120);
    return { samples, deltas };
  }, FLOORS);
  figures.spread("floor: a line put into an empty page → painted", samples);
  figures.add("floor: frame of an empty page, p95", percentile(deltas, 0.95), "ms");
  figures.spread("floor: first paint of an empty page", paints);
  await page.close();
  await site.close();
});

test("a message and typing, until they are painted", async ({ desk, figures }) => {
  const context = await desk.operator();
  const page = await desk.page(context, `/c/${desk.conversation}`);
  await expect(page.getByRole("log").getByRole("article").last()).toBeVisible();
  // Who has not seen the last messages begins to read before them.
  await page.getByRole("log").press("End");
  // Typing is told only where the page has entered the conversation.
  await expect(async () => {
    await desk.visitor.type(desk.conversation, true);
    await expect(page.locator("main bdi", { hasText: "is typing" })).toBeVisible({ timeout: 200 });
  }).toPass();
  const ahead = await clockAhead(page, now);
  const messages = { accepted: [] as number[], sent: [] as number[] };
  const typing: number[] = [];
  let typed = now();
  for (let i = 0; i < MESSAGES || typing.length < TYPINGS; i++) {
    // What was said takes "is typing" away.
    const text = `Sample ${i} of what is painted`;
    const said = page.evaluate(saidPainted, text);
    const { sent, accepted } = await desk.visitor.say(desk.conversation, text);
    const painted = (await said) - ahead;
    messages.accepted.push(painted - accepted);
    messages.sent.push(painted - sent);
    await pause(page);
    if (now() - typed < TYPING_EVERY_MS || typing.length >= TYPINGS) continue;
    const shown = page.evaluate(typingPainted);
    typed = await desk.visitor.type(desk.conversation, true);
    typing.push((await shown) - ahead - typed);
    await pause(page);
  }
  figures.spread("message accepted → painted", messages.accepted, 100);
  figures.spread("message sent → painted", messages.sent);
  figures.spread("typing sent → painted", typing, 50);
  await context.close();
});

function saidPainted(text: string): Promise<number> {
  return window.probe.painted(
    () => [...document.querySelectorAll("[role=log] article")].slice(-4).find((one) => one.textContent?.includes(text)),
    () => document.querySelector("[role=log]"),
  );
}

function typingPainted(): Promise<number> {
  return window.probe.painted(() => [...document.querySelectorAll("main bdi")].find((one) => one.textContent?.includes("is typing")));
}

test("a page of history, from asked to painted", async ({ desk, figures }) => {
  const context = await desk.operator();
  const page = await desk.page(context, `/c/${desk.conversation}`);
  await expect(page.getByRole("log").getByRole("article").last()).toBeVisible();
  const samples: number[] = [];
  for (let i = 0; i < PAGES; i++) {
    // What is loaded ahead while one reads is not waited for, and not measured.
    await page.evaluate(() => new Promise((later) => setTimeout(later, 80 + Math.random() * 30)));
    samples.push(await page.evaluate(olderPage));
  }
  figures.spread("history page, asked → painted", samples, 100);
  await context.close();
});

/** Goes to the top of what is loaded, which asks for the page before it, and on by screens, as with Page Up, until that page's last message is seen. */
async function olderPage(): Promise<number> {
  const log = document.querySelector("[role=log]");
  if (!log) throw new Error("no messages");
  window.probe.asked = "";
  const older = () => {
    const first = Number(/before=(\d+)/.exec(window.probe.asked)?.[1]);
    const before = Number.isNaN(first) ? null : log.querySelector(`article[data-number="${first - 1}"]`);
    if (before && before.getBoundingClientRect().bottom > log.getBoundingClientRect().top) return before;
    // Without a hand on it the list goes back to its end.
    log.dispatchEvent(new WheelEvent("wheel", { deltaY: -1, bubbles: true }));
    log.scrollBy(0, -log.clientHeight);
    return null;
  };
  const begun = window.probe.now();
  log.scrollTop = 0;
  older();
  return (await window.probe.painted(older, () => log)) - begun;
}

test("the first paint, cold and warm", async ({ desk, figures }) => {
  const cold = { paint: [] as number[], list: [] as number[] };
  const warm = { paint: [] as number[], list: [] as number[] };
  for (let i = 0; i < LOADS; i++) {
    const context = await desk.operator();
    const page = await desk.page(context, "/list/all");
    cold.list.push(await listShown(page));
    cold.paint.push(await firstPaint(page));
    await page.reload();
    warm.list.push(await listShown(page));
    warm.paint.push(await firstPaint(page));
    await context.close();
  }
  for (const [name, loads] of [["cold", cold], ["warm", warm]] as const) {
    figures.spread(`console, ${name}: first paint`, loads.paint);
    figures.spread(`console, ${name}: list shown`, loads.list);
  }
});

test("frames over 100,000 conversations", async ({ desk, figures }) => {
  const context = await desk.operator();
  const page = await desk.page(context, "/list/all");
  await listShown(page);
  const before = await weight(page);
  await scrolled(page, figures, "list", "[role=list][tabindex]", "down");
  await weighed(page, figures, "list", before);
  await context.close();
});

test("frames over 50,000 messages", async ({ desk, figures }) => {
  const context = await desk.operator();
  const page = await desk.page(context, `/c/${desk.conversation}`);
  await expect(page.getByRole("log").getByRole("article").last()).toBeVisible();
  const before = await weight(page);
  await scrolled(page, figures, "thread", "[role=log]", "up");
  await weighed(page, figures, "thread", before);
  await context.close();
});

/** A wheel turned notch by notch; then as fast as pages come, to the other end. */
async function scrolled(page: Page, figures: Figures, name: string, box: string, way: "up" | "down"): Promise<void> {
  const wheel = await page.evaluate(
    ([box, by, count]) => {
      const node = document.querySelector(box);
      return window.probe.frames((frame) => {
        node?.dispatchEvent(new WheelEvent("wheel", { deltaY: by, bubbles: true }));
        node?.scrollBy(0, by);
        return frame < count;
      });
    },
    [box, way === "up" ? -NOTCH : NOTCH, NOTCHES] as const,
  );
  frames(figures, `${name}, ${NOTCHES} notches of ${NOTCH} px`, wheel);
  const through = await page.evaluate(
    ([box, way, most]) => {
      const node = document.querySelector(box);
      const until = performance.now() + most;
      let still = 0;
      let high = 0;
      window.probe.pages = 0;
      return window.probe.frames(() => {
        if (!node) return false;
        node.dispatchEvent(new WheelEvent("wheel", { deltaY: way === "up" ? -1 : 1, bubbles: true }));
        node.scrollTop = way === "up" ? 0 : node.scrollHeight;
        still = node.scrollHeight === high ? still + 1 : 0;
        high = node.scrollHeight;
        return still < 120 && performance.now() < until;
      });
    },
    [box, way, THROUGH_MS] as const,
  );
  frames(figures, `${name}, to the other end`, through);
  figures.add(`${name}, to the other end: pages read`, await page.evaluate(() => window.probe.pages), "");
  figures.add(`${name}, to the other end: seconds`, through.seconds, "s");
}

function frames(figures: Figures, name: string, { deltas, longTasks }: { deltas: number[]; longTasks: number[] }): void {
  figures.add(`${name}: frame p50 of ${deltas.length}`, percentile(deltas, 0.5), "ms");
  figures.add(`${name}: frame p95`, percentile(deltas, 0.95), "ms");
  figures.add(`${name}: frame max`, Math.max(...deltas), "ms");
  // Half a millisecond is the jitter of the clock.
  figures.add(`${name}: frames over 16.7 ms`, share(deltas, 17.2), "%");
  figures.add(`${name}: frames over 33 ms`, share(deltas, 33.9), "%");
  figures.add(`${name}: tasks over 50 ms`, longTasks.length, "");
}

function share(samples: readonly number[], over: number): number {
  return (samples.filter((one) => one > over).length / samples.length) * 100;
}

interface Weight {
  heap: number;
  elements: number;
}

/** What is left after the rubbish was taken out. */
async function weight(page: Page): Promise<Weight> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.detach();
  return page.evaluate(() => ({
    heap: (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1024 / 1024,
    elements: document.querySelectorAll("*").length,
  }));
}

async function weighed(page: Page, figures: Figures, name: string, before: Weight): Promise<void> {
  const after = await weight(page);
  figures.add(`${name}: heap before`, before.heap, "MB");
  figures.add(`${name}: heap after`, after.heap, "MB");
  figures.add(`${name}: elements before`, before.elements, "");
  figures.add(`${name}: elements after`, after.elements, "");
}

/** Since the navigation began. */
function firstPaint(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((done) => {
        new PerformanceObserver((entries) => {
          const first = entries.getEntriesByName("first-contentful-paint")[0];
          if (first) done(first.startTime);
        }).observe({ type: "paint", buffered: true });
      }),
  );
}

function listShown(page: Page): Promise<number> {
  return page.evaluate(async () => (await window.probe.painted(() => document.querySelector("[role=listitem]"))) - performance.timeOrigin);
}

/** So that samples do not fall into step with the frames. */
function pause(page: Page): Promise<void> {
  return page.evaluate((ms) => new Promise<void>((later) => setTimeout(later, ms)), 10 + Math.random() * 30);
}
