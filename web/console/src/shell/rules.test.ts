import { describe, expect, test } from "vitest";
import { covers } from "./rules";

const of = (assignee: string | null, team: string | null, state: "new" | "active" = "active") => ({
  assignee: assignee === null ? null : { id: assignee, name: "" },
  team: team === null ? null : { id: team, name: "" },
  state,
});

describe("a rule", () => {
  test.each([
    ["off", of("me", null), false],
    ["mine", of("me", null), true],
    ["mine", of(null, null, "new"), true],
    ["mine", of("other", "t"), false],
    ["team", of("other", "t"), true],
    ["team", of("other", "u"), false],
    ["everything", of("other", "u"), true],
  ] as const)("%s covers %o: %s", (scope, conversation, told) => {
    expect(covers(scope, conversation, "me", ["t"])).toBe(told);
  });
});
