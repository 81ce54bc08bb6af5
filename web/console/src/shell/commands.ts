// What each shortcut and palette entry does.

import { accept } from "$console/state/actions";
import type { Desk } from "$console/state/desk.svelte";
import { panels } from "$console/state/panels.svelte";
import { router, type Route } from "$console/state/router.svelte";
import type { Action } from "$console/state/shortcuts";
import { selection } from "$console/list/selection.svelte";
import { walk } from "$console/list/walk.svelte";
import { focusComposer } from "$console/state/focus";
import { leave, leaveUnread } from "$console/state/leave";

const GO: Record<string, Route> = {
  queue: { page: "list", view: "queue" },
  mine: { page: "list", view: "mine" },
  all: { page: "list", view: "all" },
  contacts: { page: "contacts", id: null },
  admin: { page: "admin", section: "channels", id: null },
  search: { page: "search", query: "" },
  list: { page: "list", view: "queue" },
};

const DIALOGS = ["assign", "transfer", "close", "close_next", "tags", "priority"] as const;

/** The conversation on screen. */
function open(desk: Desk) {
  return router.route.page === "conversation" ? desk.conversations.get(router.route.id) : undefined;
}

/** Whether an action makes sense now, for this operator. */
export function possible(desk: Desk, action: Action): boolean {
  const conversation = open(desk);
  switch (action.needs) {
    case undefined:
      return true;
    case "acts":
      return desk.acts;
    case "supervises":
      return desk.supervises && conversation !== undefined;
    case "waiting":
      return desk.acts && (conversation?.state === "new" || conversation?.state === "transferred");
    case "conversation":
      return conversation !== undefined;
  }
}

/** Does it; `false` when there is nothing to do, so that the key stays the browser's. */
export function run(desk: Desk, id: string): boolean {
  const conversation = open(desk);
  const route = GO[id];
  if (route) {
    router.go(id === "list" ? { page: "list", view: router.view } : route);
    return true;
  }
  const dialog = DIALOGS.find((name) => name === id);
  if (dialog) {
    if (!conversation || !desk.acts) return false;
    panels.ask(dialog, [conversation]);
    return true;
  }
  switch (id) {
    case "next":
      walk.step(desk, 1);
      return true;
    case "previous":
      walk.step(desk, -1);
      return true;
    case "accept":
      if (conversation) void accept(desk, conversation.id).then((mine) => mine && focusComposer("reply"));
      return conversation !== undefined;
    case "reply":
    case "note":
      return conversation !== undefined && focusComposer(id);
    case "unread":
      if (conversation) void leaveUnread(desk, conversation.id);
      return conversation !== undefined;
    case "select":
      if (conversation) selection.toggle(conversation.id);
      return conversation !== undefined;
    case "select_all":
      selection.all(desk.list.ids);
      return true;
    case "customer":
      panels.toggleCustomer();
      return true;
    case "palette":
      panels.ask("palette");
      return true;
    case "help":
      panels.ask("shortcuts");
      return true;
    case "back":
      return back();
  }
  return false;
}

/** Out of the composer, then out of the selection, then out of the conversation. */
function back(): boolean {
  const focused = document.activeElement;
  if (focused instanceof HTMLElement && focused.matches("input, textarea, select, [contenteditable]")) {
    focused.blur();
    document.querySelector<HTMLElement>("#main")?.focus();
    return true;
  }
  if (selection.ids.length) {
    selection.clear();
    return true;
  }
  if (router.route.page !== "conversation") return false;
  leave(router.route.id);
  return true;
}
