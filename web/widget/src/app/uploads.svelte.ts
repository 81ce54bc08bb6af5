// Files chosen for the next message, on their way to the daemon.

import { size } from "../i18n/format";
import { t } from "../i18n/index.svelte";
import { upload } from "../net/api";
import type { Config } from "../net/types";
import type { Chat } from "../state/chat.svelte";
import type { Draft } from "../state/outbox";
import { inWords } from "../state/words";

const MOST = 10;

export interface Item {
  key: number;
  name: string;
  file: File;
  /** How much of it is there, 0 to 1. */
  part: number;
  id: string;
  problem: string;
  stop: AbortController;
}

export class Uploads {
  items = $state.raw<Item[]>([]);
  /** Why not all of the chosen were taken. */
  problem = $state.raw("");
  busy = $derived(this.items.some((item) => !item.id && !item.problem));
  #next = 0;

  constructor(private readonly chat: Chat) {}

  add(files: File[], limits: Config["files"]): void {
    if (files.length === 0) return;
    this.problem = "";
    for (const file of files) {
      const name = file.name || "file";
      if (this.items.length >= MOST) this.problem = t("too_many", { n: MOST });
      else if (file.size > limits.max_bytes) this.problem = t("too_large", { name, size: size(limits.max_bytes) });
      else if (!fits(file, limits.types)) this.problem = t("bad_type", { name });
      else void this.#send(file, name);
    }
  }

  remove(key: number): void {
    this.items.find((item) => item.key === key)?.stop.abort();
    this.items = this.items.filter((item) => item.key !== key);
    this.problem = "";
  }

  clear(): void {
    this.items = [];
    this.problem = "";
  }

  get done(): Draft["files"] {
    return this.items.map(({ id, name, file }) => ({ id, name, content_type: file.type, size: file.size }));
  }

  async #send(file: File, name: string): Promise<void> {
    const key = this.#next++;
    const stop = new AbortController();
    this.items = [...this.items, { key, name, file, part: 0, id: "", problem: "", stop }];
    const change = (to: Partial<Item>) => {
      this.items = this.items.map((item) => (item.key === key ? { ...item, ...to } : item));
    };
    try {
      const { id } = await upload(file, name, this.chat.identity.token, (part) => change({ part }), stop.signal);
      change({ id });
    } catch (error) {
      change({ problem: inWords(error) });
    }
  }
}

/** As an `accept` attribute says it; none says everything. */
export function fits(file: { name: string; type: string }, types: readonly string[]): boolean {
  const matches = (type: string) =>
    type.startsWith(".") ? file.name.toLowerCase().endsWith(type) : type.endsWith("/*") ? file.type.startsWith(type.slice(0, -1)) : file.type === type;
  return types.length === 0 || types.includes("*/*") || types.some((type) => matches(type.trim().toLowerCase()));
}
