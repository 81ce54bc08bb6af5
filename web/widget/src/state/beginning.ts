// What the next conversation begins with: what the visitor has chosen and answered, and what the site has told of them.

import { current } from "../i18n/index.svelte";
import type { Page } from "../protocol";

/** Things a site tells with `track`, kept until a conversation begins. */
const MOST_TRACKED = 20;
const MOST_BROWSER_CHARS = 300;

export interface Chosen {
  subject?: string;
  answers?: Record<string, string | boolean>;
}

export class Beginning {
  page: Page | undefined;
  attributes: Record<string, unknown> = {};
  #tracked: { name: string; data?: unknown; at: number }[] = [];
  #chosen: Chosen = {};

  choose(chosen: Chosen): void {
    this.#chosen = { ...this.#chosen, ...chosen };
  }

  /** A conversation has begun, or another is to. */
  unchoose(): void {
    this.#chosen = {};
  }

  track(name: string, data?: unknown): void {
    this.#tracked = [...this.#tracked, { name, data, at: Date.now() * 1000 }].slice(-MOST_TRACKED);
  }

  /** Nothing of the site's user is left. */
  forget(): void {
    this.attributes = {};
    this.#tracked = [];
  }

  /** As `chat:start` carries it. */
  body(): object {
    return {
      subject: this.#chosen.subject,
      answers: this.#chosen.answers ?? {},
      language: current(),
      page: this.page,
      metadata: {
        attributes: this.attributes,
        ...(this.#tracked.length > 0 && { events: this.#tracked }),
        browser: navigator.userAgent.slice(0, MOST_BROWSER_CHARS),
      },
    };
  }
}
