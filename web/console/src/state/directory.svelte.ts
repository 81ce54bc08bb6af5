// Who and what there is: operators, teams, inboxes. Small, read whole, and kept up to date.

import { api, ok } from "$lib/api/client";
import type { Inbox, Operator, Team } from "$lib/api/types";

const PAGE = 200;

export class Directory {
  operators = $state.raw<Operator[]>([]);
  teams = $state.raw<Team[]>([]);
  inboxes = $state.raw<Inbox[]>([]);

  async load(): Promise<void> {
    const [operators, { items: teams }, { items: inboxes }] = await Promise.all([
      allOperators(),
      ok(api.GET("/api/v1/teams")),
      ok(api.GET("/api/v1/inboxes")),
    ]);
    this.operators = operators;
    this.teams = teams;
    this.inboxes = inboxes;
  }

  async loadInboxes(): Promise<void> {
    this.inboxes = (await ok(api.GET("/api/v1/inboxes"))).items;
  }

  async loadTeams(): Promise<void> {
    this.teams = (await ok(api.GET("/api/v1/teams"))).items;
  }

  operator(id: string | null | undefined): Operator | undefined {
    return this.operators.find((one) => one.id === id);
  }

  inbox(id: string): Inbox | undefined {
    return this.inboxes.find((one) => one.id === id);
  }

  teamsOf(operatorId: string): string[] {
    return this.teams.filter((team) => team.members.some((member) => member.id === operatorId)).map((team) => team.id);
  }

  putOperator(operator: Operator): void {
    const others = this.operators.filter((one) => one.id !== operator.id);
    this.operators = [...others, operator].sort((a, b) => a.name.localeCompare(b.name));
  }
}

async function allOperators(): Promise<Operator[]> {
  const all: Operator[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { limit: PAGE, ...(cursor && { cursor }) };
    const page = await ok(api.GET("/api/v1/operators", { params: { query } }));
    all.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return all;
}
