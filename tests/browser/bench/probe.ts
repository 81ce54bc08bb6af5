// What runs inside the page and looks at it: when something is painted, and how long the frames were.
//
// A text is painted when it stands in the document, is not hidden and is within what one sees of its box, at the beginning of a
// frame; the time taken is the beginning of the frame after that, so that it was really drawn: up to a frame too late, never
// too early.

import type { Page } from "@playwright/test";

export interface Frames {
  /** From frame to frame, in milliseconds. */
  deltas: number[];
  /** Longer than 50 ms without a break, in milliseconds. */
  longTasks: number[];
  seconds: number;
}

export interface Probe {
  /** Milliseconds since 1970. */
  now(): number;
  /** When what `find` finds is painted, within `box` where it is given. */
  painted(find: () => Element | null | undefined, box?: () => Element | null): Promise<number>;
  /** When it is gone. */
  gone(find: () => Element | null | undefined): Promise<void>;
  /** The address of what the page asked for last. */
  asked: string;
  /** How many pages of a list or a conversation it asked for. */
  pages: number;
  /** Calls `step` once a frame until it answers false. */
  frames(step: (frame: number) => boolean): Promise<Frames>;
}

declare global {
  interface Window {
    probe: Probe;
  }
}

/** Puts the probe into the page: by the debugger, which the page's own policy does not bind. */
export async function putProbe(page: Page): Promise<void> {
  await page.addInitScript(install);
}

function install(): void {
  const now = () => performance.timeOrigin + performance.now();

  const visible = (found: Element | null | undefined, box: Element | null | undefined): boolean => {
    if (!found?.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    const [own, frame] = [found.getBoundingClientRect(), (box ?? document.documentElement).getBoundingClientRect()];
    return own.height > 0 && own.bottom > frame.top && own.top < frame.bottom;
  };

  const fetched = window.fetch.bind(window);
  window.fetch = (what, more) => {
    const url = what instanceof Request ? what.url : String(what);
    window.probe.asked = url;
    if (/[?&](before|cursor)=/.test(url)) window.probe.pages += 1;
    return fetched(what, more);
  };

  window.probe = {
    now,
    asked: "",
    pages: 0,
    painted: (find, box) =>
      new Promise((done) => {
        const look = () => {
          if (visible(find(), box?.())) requestAnimationFrame(() => done(now()));
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
    gone: (find) =>
      new Promise((done) => {
        const look = () => (find() ? requestAnimationFrame(look) : done());
        look();
      }),
    frames: (step) =>
      new Promise((done) => {
        const deltas: number[] = [];
        const longTasks: number[] = [];
        const observer = new PerformanceObserver((entries) => longTasks.push(...entries.getEntries().map((entry) => entry.duration)));
        observer.observe({ type: "longtask" });
        const begun = performance.now();
        let before = 0;
        let frame = 0;
        const next = (at: number) => {
          if (before) deltas.push(at - before);
          before = at;
          if (step(frame++)) requestAnimationFrame(next);
          else {
            longTasks.push(...observer.takeRecords().map((entry) => entry.duration));
            observer.disconnect();
            done({ deltas, longTasks, seconds: (performance.now() - begun) / 1000 });
          }
        };
        requestAnimationFrame(next);
      }),
  };
}

/** How far the page's clock is ahead of ours: of many questions the quickest is believed. */
export async function clockAhead(page: Page, now: () => number): Promise<number> {
  let best = { took: Infinity, ahead: 0 };
  for (let i = 0; i < 50; i++) {
    const asked = now();
    const theirs = await page.evaluate(() => window.probe.now());
    const answered = now();
    if (answered - asked < best.took) best = { took: answered - asked, ahead: theirs - (asked + answered) / 2 };
  }
  return best.ahead;
}
