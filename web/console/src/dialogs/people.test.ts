import { expect, test } from "vitest";
import type { Operator, Team } from "$lib/api/types";
import { onlineIn, receivers, teamsNamed } from "./people";

const who = (name: string, availability: string, more: Partial<Operator> = {}) => ({ id: name, name, email: `${name}@example.com`, availability, role: "operator", skills: [], ...more }) as Operator;
const ann = who("Ann", "offline");
const bob = who("Bob", "online", { skills: ["billing"] });
const cat = who("Cat", "away");

test("who is there comes first; who cannot hold conversations does not come", () => {
  const all = [ann, bob, cat, who("Audit", "online", { role: "auditor" }), who("Gone", "online", { disabled_at: 1 })];
  expect(receivers(all, "", null).map((one) => one.name)).toEqual(["Bob", "Cat", "Ann"]);
  expect(receivers(all, "", "Bob").map((one) => one.name)).toEqual(["Cat", "Ann"]);
});

test("names, addresses and skills are searched", () => {
  expect(receivers([ann, bob], "BILL", null)).toEqual([bob]);
  expect(receivers([ann, bob], "ann@", null)).toEqual([ann]);
});

test("of a team it is told how many are there", () => {
  const team = { id: "t", name: "Sales", members: [{ id: "Ann" }, { id: "Bob" }] } as Team;
  expect(onlineIn(team, [ann, bob, cat])).toBe(1);
  expect(teamsNamed([team], "sal")).toEqual([team]);
  expect(teamsNamed([team], "x")).toEqual([]);
});
