// Who can be given a conversation, the likeliest to take it first.

import type { Operator, Team } from "$lib/api/types";

const ORDER: Record<string, number> = { online: 0, away: 1, offline: 2 };

/** Operators that can hold conversations, but not `without`. */
export function receivers(operators: Operator[], query: string, without: string | null): Operator[] {
  const wanted = query.trim().toLocaleLowerCase();
  return operators
    .filter((one) => one.id !== without && !one.disabled_at && one.role !== "auditor")
    .filter((one) => [one.name, one.email, ...one.skills].some((text) => text.toLocaleLowerCase().includes(wanted)))
    .sort((a, b) => (ORDER[a.availability] ?? 3) - (ORDER[b.availability] ?? 3) || a.name.localeCompare(b.name));
}

export function teamsNamed(teams: Team[], query: string): Team[] {
  const wanted = query.trim().toLocaleLowerCase();
  return teams.filter((team) => team.name.toLocaleLowerCase().includes(wanted)).sort((a, b) => a.name.localeCompare(b.name));
}

export function onlineIn(team: Team, operators: Operator[]): number {
  return team.members.filter((member) => operators.some((one) => one.id === member.id && one.availability === "online")).length;
}
