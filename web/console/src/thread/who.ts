// Who wrote a message, in words.

import type { Message } from "$lib/api/types";
import { known, t } from "$console/i18n/index.svelte";
import { nameOf } from "$console/state/conversations.svelte";
import type { Desk } from "$console/state/desk.svelte";

export function authorOf(message: Message, desk: Desk): string {
  if (message.sender_type === "operator" && message.sender_id === desk.me.id) return t("thread.you");
  if (message.sender_name) return message.sender_name;
  const contact = desk.conversations.get(message.conversation_id)?.contact;
  if (message.sender_type === "customer" && contact) return nameOf(contact, t("common.customer"));
  return roleOf(message);
}

export function roleOf(message: Message): string {
  const key = `thread.role_${message.sender_type}`;
  return known(key) ? t(key) : message.sender_type;
}

/** `customer:…`, `operator:<id>`. */
export function actorName(actor: string, desk: Desk, conversationId: string): string {
  const [type, id] = [actor.slice(0, actor.indexOf(":")), actor.slice(actor.indexOf(":") + 1)];
  if (type === "operator") return id === desk.me.id ? t("thread.you") : (desk.directory.operator(id)?.name ?? t("thread.role_operator"));
  const contact = desk.conversations.get(conversationId)?.contact;
  return contact ? nameOf(contact, t("common.customer")) : t("common.customer");
}

/** What happened, in the operator's language where we know it, else as the daemon or the provider tells it. */
export function happened(message: Message): string {
  const { action, subject, by, to, comment, email } = (message.extra ?? {}) as Record<string, unknown>;
  const words = (value: unknown) => (typeof value === "string" ? value : "");
  const key = `thread.action_${words(action)}`;
  const name = words((by as { name?: unknown } | null | undefined)?.name);
  const told = known(key) ? t(key, { name, to: words(to), email: words(email) }) : message.text.trim() || words(action).replaceAll("_", " ") || t(`thread.kind_${message.kind === "action" ? "action" : "system"}`);
  return [told, words(subject), words(comment)].filter(Boolean).join(" · ");
}
