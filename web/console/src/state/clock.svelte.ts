// One ticking "now" for all timers on screen.

import { createSubscriber } from "svelte/reactivity";

const TICK_MS = 1_000;

const subscribe = createSubscriber((update) => {
  const tick = setInterval(update, TICK_MS);
  return () => clearInterval(tick);
});

/** Milliseconds since 1970; what reads it in an effect or a template is run again every second. */
export function now(): number {
  subscribe();
  return Date.now();
}
