// What can be sent beside words, as far as the channel can: the entries of the composer's menu.

import { t } from "$console/i18n/index.svelte";
import type { Item } from "$console/ui/Menu.svelte";
import type { Capabilities } from "./capabilities";
import type { Tool } from "./Tools.svelte";

type Addition = Exclude<Tool, "emoji" | "canned">;

const ICONS: Record<Addition, Item["icon"] & string> = { template: "file", buttons: "list", location: "place", contact: "user", article: "note" };

export function additions(capabilities: Capabilities | null, open: (tool: Addition) => void): Item[] {
  const can: Record<Addition, boolean> = {
    template: Boolean(capabilities?.templates),
    buttons: Boolean(capabilities?.buttons),
    location: capabilities?.sends.includes("location") ?? false,
    contact: capabilities?.sends.includes("contact") ?? false,
    article: true,
  };
  return (Object.keys(ICONS) as Addition[])
    .filter((name) => can[name])
    .map((name) => ({ label: t(`composer.add_${name}`), icon: ICONS[name], run: () => open(name) }));
}
