// Out of a conversation, back to the list.

import { unread } from "./actions";
import type { Desk } from "./desk.svelte";
import { router } from "./router.svelte";
import { toasts } from "./toasts.svelte";

/** To the list, where the conversation was. */
export function leave(id: string): void {
  router.go({ page: "list", view: router.view });
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(id)}"]`)?.focus());
}

/** Marks the conversation unread and leaves it: on screen it would be read again at once. */
export async function leaveUnread(desk: Desk, id: string): Promise<void> {
  const shown = router.route.page === "conversation" && router.route.id === id;
  if (shown) leave(id);
  await unread(desk, id).catch((error: unknown) => toasts.failed(error));
}
