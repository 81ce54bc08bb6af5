// The sections of the administration: who may see them, and what is loaded when somebody does.

import type { Component } from "svelte";
import type { Role } from "$lib/api/types";
import type { Key } from "$console/i18n/index.svelte";
import type { IconName } from "$console/ui/Icon.svelte";

/** Every section is given the `id` of the address; most have no use for it. */
interface Loaded {
  default: Component<{ id: string | null }>;
}

const part = (load: () => Promise<unknown>) => load as () => Promise<Loaded>;

export interface Section {
  id: string;
  label: Key;
  icon: IconName;
  roles: Role[];
  load: () => Promise<Loaded>;
}

const ALL: Role[] = ["operator", "supervisor", "admin", "auditor"];
const OVERSEEING: Role[] = ["supervisor", "admin", "auditor"];

export const SECTIONS: Section[] = [
  { id: "channels", label: "admin.channels", icon: "channels", roles: OVERSEEING, load: part(() => import("./channels/Channels.svelte")) },
  { id: "operators", label: "admin.operators", icon: "users", roles: OVERSEEING, load: part(() => import("./people/Operators.svelte")) },
  { id: "teams", label: "admin.teams", icon: "inbox", roles: OVERSEEING, load: part(() => import("./people/Teams.svelte")) },
  { id: "canned", label: "admin.canned", icon: "zap", roles: ALL, load: part(() => import("./texts/Canned.svelte")) },
  { id: "articles", label: "admin.articles", icon: "file", roles: ALL, load: part(() => import("./texts/Articles.svelte")) },
  { id: "raw", label: "admin.raw", icon: "list", roles: OVERSEEING, load: part(() => import("./events/RawEvents.svelte")) },
  { id: "deliveries", label: "admin.deliveries", icon: "send", roles: ALL, load: part(() => import("./events/Deliveries.svelte")) },
  { id: "system", label: "admin.system", icon: "settings", roles: ALL, load: part(() => import("./System.svelte")) },
];

export function sectionsFor(role: string): Section[] {
  return SECTIONS.filter((section) => (section.roles as string[]).includes(role));
}
