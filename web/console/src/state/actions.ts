// What can be done with a conversation. Buttons, menus, shortcuts, the palette and the bulk bar all come here.

import { api, ok, Refused } from "$lib/api/client";
import type { Conversation, Priority } from "$lib/api/types";
import { t } from "$console/i18n/index.svelte";
import type { Desk } from "./desk.svelte";
import { toasts } from "./toasts.svelte";

const at = (id: string) => ({ params: { path: { id } } });

/** Takes a waiting conversation. Whoever is second is told who was first; that is no error. */
export async function accept(desk: Desk, id: string): Promise<boolean> {
  try {
    await desk.change(ok(api.POST("/api/v1/conversations/{id}/accept", at(id))));
    return true;
  } catch (error) {
    const winner = error instanceof Refused ? (error.problem.extra as { assignee?: { name?: string } } | undefined)?.assignee?.name : undefined;
    if (winner) {
      toasts.show("info", t("thread.taken_by", { name: winner }));
      desk.ask(id);
    } else {
      toasts.failed(error);
    }
    return false;
  }
}

export function assign(desk: Desk, id: string, to: { operator_id?: string; team_id?: string }): Promise<Conversation> {
  return desk.change(ok(api.POST("/api/v1/conversations/{id}/assign", { ...at(id), body: to })));
}

export function transfer(desk: Desk, id: string, to: { operator_id?: string; team_id?: string; comment?: string }): Promise<Conversation> {
  return desk.change(ok(api.POST("/api/v1/conversations/{id}/transfer", { ...at(id), body: to })));
}

export function escalate(desk: Desk, id: string, comment?: string): Promise<Conversation> {
  return desk.change(ok(api.POST("/api/v1/conversations/{id}/escalate", { ...at(id), body: { ...(comment && { comment }) } })));
}

export function close(desk: Desk, id: string, how: { reason: string; summary?: string }): Promise<Conversation> {
  return desk.change(ok(api.POST("/api/v1/conversations/{id}/close", { ...at(id), body: how })));
}

export function reopen(desk: Desk, id: string): Promise<Conversation> {
  return desk.change(ok(api.POST("/api/v1/conversations/{id}/reopen", at(id))));
}

export function archive(desk: Desk, id: string): Promise<Conversation> {
  return desk.change(ok(api.POST("/api/v1/conversations/{id}/archive", at(id))));
}

export function change(desk: Desk, id: string, what: { tags?: string[]; priority?: Priority; subject?: string }): Promise<Conversation> {
  return desk.change(ok(api.PATCH("/api/v1/conversations/{id}", { ...at(id), body: what })));
}

/** The customer's last words are to be read again, by whoever holds the conversation. */
export function unread(desk: Desk, id: string): Promise<Conversation> {
  return desk.change(ok(api.POST("/api/v1/conversations/{id}/unread", at(id))));
}
