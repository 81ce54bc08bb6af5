// Loads what the owner has set and the visitor's language, then shows the chat.

import { mount } from "svelte";
import App from "./App.svelte";
import Trouble from "./Trouble.svelte";
import type { Host } from "./host";
import { applyAccent, applyTheme } from "./theme";
import { inWords } from "../state/words";
import { lasts, Storage } from "../state/storage";
import { speak, t, type Key } from "../i18n/index.svelte";
import { call, Refused } from "../net/api";
import type { Config } from "../net/types";
import type { Hello } from "../protocol";

export async function start(inboxId: string, host?: Host, hello?: Hello): Promise<void> {
  const target = document.getElementById("app");
  if (!target) throw new Error("the page has no place for the chat");
  document.documentElement.dataset.framed = String(host !== undefined);
  const query = new URLSearchParams(location.search);
  applyTheme(hello?.theme ?? query.get("theme"));
  const wanted = [hello?.locale, query.get("lang"), ...navigator.languages].filter((tag): tag is string => Boolean(tag));
  try {
    const [config, own] = await Promise.all([load(inboxId), !host || lasts()]);
    const site = own || !host ? undefined : { kept: hello?.kept ?? {}, keep: (key: string, text: string | null) => host.tell({ say: "keep", key, text }) };
    const storage = new Storage(`trunkline.${config.inbox_id}`, site);
    await speak(wanted, config.texts);
    applyAccent(config.colors.accent);
    document.title = host ? t("title") : config.name;
    mount(App, { target, props: { config, storage, wanted, host, hello } });
  } catch (error) {
    await speak(wanted).catch(() => undefined);
    const again = () => location.reload();
    mount(Trouble, { target, props: { text: why(error), again, close: host && (() => host.tell({ say: "close" })) } });
    host?.tell({ say: "ready", label: { title: t("title"), open: t("open"), close: t("close") }, dir: document.documentElement.dir });
  }
}

/** What is not set by the owner. */
const DEFAULTS: Omit<Config, "inbox_id" | "name"> = {
  greeting: null,
  menu: [],
  pre_chat: null,
  colors: {},
  texts: {},
  availability: "online",
  reply_time: null,
  opens_at: null,
  files: { max_bytes: 20_000_000, types: [] },
  identity_required: false,
  mail_handover: false,
  languages: [],
};

async function load(inboxId: string): Promise<Config> {
  const id = inboxId || (await call<{ inbox_id: string }>("/widget/default")).inbox_id;
  const told = await call<Partial<Config>>(`/widget/${encodeURIComponent(id)}`);
  return { ...DEFAULTS, name: "", ...told, inbox_id: id };
}

function why(error: unknown): string {
  const words: Partial<Record<number, Key>> = { 403: "not_allowed", 404: "not_found" };
  const key = error instanceof Refused ? words[error.problem.status] : undefined;
  return key ? t(key) : inWords(error);
}
