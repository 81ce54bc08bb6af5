// Tells the daemon that somebody sits at the console: then no push is sent to their pocket as well.

import type { Desk } from "$console/state/desk.svelte";

/** Well within the half minute for which the daemon believes it. */
const EVERY_MS = 12_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "focus"] as const;

/** Starts looking for signs of life; the answer stops it. */
export function startActivity(desk: Pick<Desk, "acts" | "me" | "realtime">, now: () => number = () => performance.now()): () => void {
  const control = new AbortController();
  let told = -Infinity;
  const alive = () => {
    // Whoever has said that they are away stays away, whatever they do here: the daemon takes a sign of life for being back.
    if (document.hidden || !desk.acts || desk.me.availability !== "online" || desk.realtime.connection !== "online") return;
    if (now() - told < EVERY_MS) return;
    told = now();
    desk.realtime.hint("agent:activity_ping", {});
  };
  for (const sign of SIGNS) addEventListener(sign, alive, { signal: control.signal, capture: true, passive: true });
  return () => control.abort();
}
