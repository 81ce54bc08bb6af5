// How a message that left fared, in words and pictures.

import { api, ok } from "$lib/api/client";
import type { DeliveryHistory, Message } from "$lib/api/types";
import { known, t } from "$console/i18n/index.svelte";
import type { IconName } from "$console/ui/Icon.svelte";
import type { Abilities } from "./shared.svelte";

const ICONS: Record<string, IconName> = {
  queued: "clock", sending: "send", retry_wait: "refresh", sent: "check", delivered: "check-check", read: "eye", failed: "alert", uncertain: "help", cancelled: "x",
};

export function stateIcon(state: string): IconName {
  return ICONS[state] ?? "help";
}

export function stateName(state: string): string {
  const key = `thread.state_${state}`;
  return known(key) ? t(key) : state;
}

/** Why nothing further will be known of a message that was sent. */
export function limitOf(status: string, abilities: Abilities): string | undefined {
  if (status === "sent" && !abilities.delivered_receipts && !abilities.read_receipts) return t("thread.no_receipts");
  if ((status === "sent" || status === "delivered") && !abilities.read_receipts) return t("thread.no_read_receipts");
  return undefined;
}

export function outcomeName(outcome: string | null | undefined): string {
  const key = `thread.outcome_${outcome ?? "running"}`;
  return known(key) ? t(key) : (outcome ?? "");
}

export function deliveryOf(message: Message): Promise<DeliveryHistory> {
  return ok(api.GET("/api/v1/messages/{id}/delivery", { params: { path: { id: message.id } } }));
}

export function retry(deliveryId: string): Promise<unknown> {
  return ok(api.POST("/api/v1/deliveries/{id}/retry", { params: { path: { id: deliveryId } } }));
}

export function cancel(deliveryId: string): Promise<unknown> {
  return ok(api.POST("/api/v1/deliveries/{id}/cancel", { params: { path: { id: deliveryId } } }));
}

export function settle(deliveryId: string): Promise<unknown> {
  return ok(api.POST("/api/v1/deliveries/{id}/settle", { params: { path: { id: deliveryId } }, body: { as: "sent" } }));
}
