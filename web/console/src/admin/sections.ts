// The sections of the administration: who may see them, and what is loaded when somebody does.

import type { Role } from "$lib/api/types";
import { part, type Section } from "./parts/Sections.svelte";

export interface AdminSection extends Section {
  roles: Role[];
}

const ALL: Role[] = ["operator", "supervisor", "admin", "auditor"];
const OVERSEEING: Role[] = ["supervisor", "admin", "auditor"];

export const SECTIONS: AdminSection[] = [
  { id: "channels", label: "admin.channels", icon: "channels", roles: OVERSEEING, load: part(() => import("./channels/Channels.svelte")) },
  { id: "operators", label: "admin.operators", icon: "users", roles: OVERSEEING, load: part(() => import("./people/Operators.svelte")) },
  { id: "teams", label: "admin.teams", icon: "inbox", roles: OVERSEEING, load: part(() => import("./people/Teams.svelte")) },
  { id: "canned", label: "admin.canned", icon: "zap", roles: ALL, load: part(() => import("./texts/Canned.svelte")) },
  { id: "articles", label: "admin.articles", icon: "file", roles: ALL, load: part(() => import("./texts/Articles.svelte")) },
  { id: "raw", label: "admin.raw", icon: "list", roles: OVERSEEING, load: part(() => import("./events/RawEvents.svelte")) },
  { id: "deliveries", label: "admin.deliveries", icon: "send", roles: ALL, load: part(() => import("./events/Deliveries.svelte")) },
  { id: "system", label: "admin.system", icon: "settings", roles: ALL, load: part(() => import("./System.svelte")) },
];

export function sectionsFor(role: string): AdminSection[] {
  return SECTIONS.filter((section) => (section.roles as string[]).includes(role));
}
