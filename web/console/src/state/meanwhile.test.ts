import { expect, test, vi } from "vitest";
import type { Message } from "$lib/api/types";

vi.mock("$lib/api/client", () => ({ api: {}, ok: async () => undefined }));

const { answeredMeanwhile } = await import("./meanwhile");

const said = (number: number, sender_type: string, sender_id: string, kind = "text") => ({ number, sender_type, sender_id, sender_name: `N${sender_id}`, kind }) as Message;

test("only answers of others that came after the writing began count", () => {
  const messages = [said(1, "customer", "c"), said(2, "operator", "ann"), said(3, "customer", "c"), said(4, "operator", "me")];
  expect(answeredMeanwhile(messages, 1, "me")).toBe("Nann");
  expect(answeredMeanwhile(messages, 2, "me")).toBeNull();
  expect(answeredMeanwhile(messages, 0, "me")).toBeNull();
});

test("notes and events answer nobody", () => {
  expect(answeredMeanwhile([said(2, "operator", "ann", "note"), said(3, "operator", "ann", "system")], 1, "me")).toBeNull();
});
