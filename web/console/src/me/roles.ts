// Which roles a token may have: one's own or a lesser one.

import type { Role } from "$lib/api/types";

const LADDER: Role[] = ["operator", "supervisor", "admin"];

export function lesserRoles(own: Role): Role[] {
  const height = LADDER.indexOf(own);
  return height < 0 ? [own] : [...LADDER.slice(0, height + 1).reverse(), ...(own === "admin" ? (["auditor"] as Role[]) : [])];
}
