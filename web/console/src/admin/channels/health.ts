// How an inbox is doing, for the eye: one tone and one word.

import type { Health, Inbox } from "$lib/api/types";
import type { Key } from "$console/i18n/index.svelte";

export type Tone = "good" | "warn" | "bad" | "plain";

const LOOKS: Record<Health["state"], { tone: Tone; word: Key }> = {
  connected: { tone: "good", word: "admin.health_connected" },
  connecting: { tone: "plain", word: "admin.health_connecting" },
  troubled: { tone: "warn", word: "admin.health_troubled" },
  bad_credentials: { tone: "bad", word: "admin.health_bad_credentials" },
  misconfigured: { tone: "bad", word: "admin.health_misconfigured" },
  paused: { tone: "plain", word: "admin.health_paused" },
};

export function look(inbox: Inbox): { tone: Tone; word: Key } {
  return LOOKS[inbox.state === "paused" ? "paused" : inbox.health.state] ?? LOOKS.connecting;
}

/** Whether only a person can put it right. */
export function needsPerson({ state, health }: Inbox): boolean {
  return state !== "paused" && LOOKS[health.state]?.tone === "bad";
}

/** What is wrong now, in the connector's words. */
export function trouble(health: Health): string | null {
  return "reason" in health ? health.reason : null;
}
