import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Check } from "$lib/api/types";
import emailImap from "../../../../../channels/email/src/imap/mod.rs?raw";
import emailSmtp from "../../../../../channels/email/src/smtp/mod.rs?raw";
import metaRs from "../../../../../channels/meta/src/check.rs?raw";
import messengerRs from "../../../../../channels/messenger/src/diagnose.rs?raw";
import telegramRs from "../../../../../channels/telegram/src/diagnose.rs?raw";
import vkRs from "../../../../../channels/vk/src/diagnose.rs?raw";
import whatsappRs from "../../../../../channels/whatsapp/src/diagnose.rs?raw";
import { KINDS, kindOf } from "./kinds";

const SOURCES: Record<string, string> = {
  email: emailImap + emailSmtp, messenger: messengerRs + metaRs, telegram: telegramRs, vk: vkRs, web_chat: "", whatsapp: whatsappRs + metaRs,
};
const check = (name: string, state: Check["state"]) => ({ name, state, detail: "" });
let refusal: typeof import("./connect").refusal;

beforeAll(async () => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1" });
  ({ refusal } = await import("./connect"));
});

describe("what the provider does not take", () => {
  test.each(KINDS)("is told by checks that $channel has", ({ channel, proof }) => {
    for (const name of proof) expect(SOURCES[channel], name).toContain(`"${name}"`);
    expect(proof.length > 0).toBe(channel !== "web_chat");
  });

  test("is what fails of them, and not what is put right later", () => {
    const whatsapp = kindOf("whatsapp") ?? { proof: [] };
    expect(refusal(whatsapp, [check("number", "ok"), check("webhook", "failed"), check("last_event", "warning")])).toBeUndefined();
    expect(refusal(whatsapp, [check("webhook", "failed"), check("number", "failed")])?.name).toBe("number");
  });
});
