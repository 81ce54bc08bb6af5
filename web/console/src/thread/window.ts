// How the rows on screen get from one window of messages to the next without a jump. The list keeps its place only when it
// grows or shrinks at one end at a time, so a window that moves is shown in two steps.

import type { Message } from "$lib/api/types";

export interface Step {
  messages: Message[];
  /** Rows were put before, or taken from, the beginning. */
  shift: boolean;
}

/** The steps from `before` to `after`; null when they have nothing in common and the list begins anew. */
export function steps(before: readonly Message[], after: readonly Message[]): Step[] | null {
  const [was, is] = [ends(before), ends(after)];
  if (!was || !is) return was || is ? null : [];
  if (is.first > was.last || is.last < was.first) return null;
  const target = [...after];
  if (is.first < was.first) {
    const whole = [...after.filter((one) => one.number < was.first), ...joined(before, after, was.first)];
    return is.last < was.last ? [{ messages: whole, shift: true }, { messages: target, shift: false }] : [{ messages: target, shift: true }];
  }
  if (is.first > was.first) {
    const whole = [...before.filter((one) => one.number < is.first), ...after];
    return is.last > was.last ? [{ messages: whole, shift: false }, { messages: target, shift: true }] : [{ messages: target, shift: true }];
  }
  return [{ messages: target, shift: false }];
}

/** From `first` on: as they are now, then those that are about to be let go of. */
function joined(before: readonly Message[], after: readonly Message[], first: number): Message[] {
  const last = after.at(-1)?.number ?? 0;
  return [...after.filter((one) => one.number >= first), ...before.filter((one) => one.number > last)];
}

function ends(messages: readonly Message[]): { first: number; last: number } | null {
  const [first, last] = [messages[0], messages.at(-1)];
  return first && last ? { first: first.number, last: last.number } : null;
}
