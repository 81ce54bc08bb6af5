// Sound, desktop notification and the number in the title: for what the operator's rules name, and only where they do not
// look already. Of several tabs one rings.

import type { Conversation } from "$lib/api/types";
import { t } from "$console/i18n/index.svelte";
import { nameOf } from "$console/state/conversations.svelte";
import type { Desk } from "$console/state/desk.svelte";
import { gist } from "$console/state/gist";
import { preferences } from "$console/state/preferences.svelte";
import { parse, router } from "$console/state/router.svelte";
import { covers } from "./rules";
import { ring } from "./sound";

const REPEAT_MS = 30_000;
const LEADER = "trunkline.notifier";

/** Starts listening; the answer stops it. */
export function startNotifier(desk: Desk): () => void {
  const control = new AbortController();
  let leads = false;
  // Held as long as the tab lives; the next one in line takes over.
  if ("locks" in navigator) {
    void navigator.locks
      .request(LEADER, { signal: control.signal }, () => {
        leads = true;
        return new Promise<void>((free) => control.signal.addEventListener("abort", () => free()));
      })
      .catch(() => undefined);
  } else {
    leads = true;
  }
  const stopHearing = desk.hear(({ message }, conversation) => {
    if (conversation && leads) tell(desk, conversation, gist(message));
  });
  // A click on what came by web push: the worker has brought this tab to the front and says where to.
  const worker = "serviceWorker" in navigator ? navigator.serviceWorker : undefined;
  worker?.addEventListener(
    "message",
    ({ data }: MessageEvent<{ open?: string } | null>) => data?.open && router.go(parse(new URL(data.open, location.origin))),
    { signal: control.signal },
  );
  worker?.startMessages();
  const repeat = setInterval(() => {
    if (leads && preferences.value.notifications.repeat && waiting(desk) && document.hidden) void ring(preferences.value.notifications.volume);
  }, REPEAT_MS);
  return () => {
    control.abort();
    stopHearing();
    clearInterval(repeat);
  };
}

function waiting(desk: Desk): number {
  return (desk.counts.queue ?? 0) + (desk.counts.mine_unread ?? 0);
}

function tell(desk: Desk, conversation: Conversation, text: string): void {
  const looking = !document.hidden && document.hasFocus() && router.route.page === "conversation" && router.route.id === conversation.id;
  if (looking) return;
  const rules = preferences.value.notifications;
  const teams = desk.directory.teamsOf(desk.me.id);
  if (covers(rules.sound, conversation, desk.me.id, teams)) void ring(rules.volume);
  if (covers(rules.desktop, conversation, desk.me.id, teams) && "Notification" in window && Notification.permission === "granted" && document.hidden) {
    const notification = new Notification(nameOf(conversation.contact, t("common.customer")), {
      body: rules.privacy ? t("shell.new_message") : text,
      tag: conversation.id,
      icon: "/favicon.svg",
    });
    notification.onclick = () => {
      window.focus();
      router.open(conversation.id);
      notification.close();
    };
  }
}

/** The title and the app's badge say how many wait. */
export function showCount(desk: Desk): void {
  const n = waiting(desk);
  document.title = n ? `(${n}) Trunkline` : "Trunkline";
  if ("setAppBadge" in navigator) void (n ? navigator.setAppBadge(n) : navigator.clearAppBadge()).catch(() => undefined);
}
