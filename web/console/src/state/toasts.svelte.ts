// Short notes at the edge of the screen: what went wrong or was done, with one way on.

import { Refused } from "$lib/api/client";
import { t } from "$console/i18n/index.svelte";
import { announcer } from "./announce.svelte";

const SHOWN_MS = 8_000;
const MAX_SHOWN = 4;

export interface Toast {
  id: number;
  tone: "info" | "error" | "success";
  text: string;
  action?: { label: string; run: () => void };
}

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  show(tone: Toast["tone"], text: string, action?: Toast["action"]): void {
    const toast = { id: this.#next++, tone, text, ...(action && { action }) };
    this.list = [...this.list.slice(1 - MAX_SHOWN), toast];
    announcer.say(text);
    setTimeout(() => this.close(toast.id), SHOWN_MS);
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  /** Tells of something that failed. */
  failed(error: unknown): void {
    this.show("error", reason(error));
  }
}

export const toasts = new Toasts();

/** An error in words an operator understands. */
export function reason(error: unknown): string {
  if (error instanceof Refused) {
    const fields = (error.problem.errors ?? []).map((field) => `${field.pointer.slice(1)} ${field.detail}`);
    return [error.problem.detail || error.problem.title, ...fields].filter(Boolean).join(" · ");
  }
  return t("common.unreachable");
}
