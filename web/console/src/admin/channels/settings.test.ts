import { describe, expect, test } from "vitest";
import emailRs from "../../../../../channels/email/src/settings.rs?raw";
import messengerRs from "../../../../../channels/messenger/src/settings.rs?raw";
import telegramRs from "../../../../../channels/telegram/src/settings.rs?raw";
import vkRs from "../../../../../channels/vk/src/settings.rs?raw";
import webChatRs from "../../../../../channels/web_chat/src/settings.rs?raw";
import whatsappRs from "../../../../../channels/whatsapp/src/settings.rs?raw";
import messengerDocs from "../../../../../docs/messenger.md?raw";
import whatsappDocs from "../../../../../docs/whatsapp.md?raw";
import { KINDS, kindOf } from "./kinds";
import { MESSENGER_FIELDS } from "./kinds/messenger";
import { WHATSAPP_FIELDS } from "./kinds/whatsapp";
import { HIDDEN, invented, problems, refusedField, settingsOf, valuesOf } from "./settings";

const SOURCES: Record<string, string> = {
  email: emailRs, messenger: messengerRs, telegram: telegramRs, vk: vkRs, web_chat: webChatRs, whatsapp: whatsappRs,
};

/** The keys of the daemon's own settings, an `enum`'s fields included. */
function keysIn(source: string, type: string): Set<string> {
  const body = new RegExp(`pub (?:struct|enum) ${type} \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? "";
  return new Set([...body.matchAll(/^\s+(?:pub )?([a-z_0-9]+):/gm)].map((match) => match[1] ?? ""));
}

describe("the wizard of", () => {
  test.each(KINDS)("$channel names only settings that exist", (kind) => {
    const source = SOURCES[kind.channel] ?? "";
    const inner: Record<string, string> = { imap: "ImapSettings", smtp: "SmtpSettings", auth: "AuthSettings" };
    for (const { key } of kind.fields) {
      const [first = "", second] = key.split(".");
      expect(keysIn(source, "Settings"), key).toContain(first);
      // The kind of `auth` is serde's tag.
      if (second && key !== "auth.kind") expect(keysIn(source, inner[first] ?? ""), key).toContain(second);
    }
  });

  test.each(KINDS)("$channel asks for all that has no default", (kind) => {
    const struct = /pub struct Settings \{([\s\S]*?)\n\}/.exec(SOURCES[kind.channel] ?? "")?.[1] ?? "";
    const everything = /serde\([^)]*default[^)]*\)\]\s*pub struct Settings/.test(SOURCES[kind.channel] ?? "");
    const needed = everything ? [] : [...struct.matchAll(/(#\[serde\(default[^\]]*\]\s+)?pub ([a-z_]+):/g)].filter((match) => !match[1]).map((match) => match[2]);
    const given = settingsOf(kind.fields, Object.fromEntries(kind.fields.map((field) => [field.key, field.initial ?? (field.required ? "1" : "")])));
    expect(Object.keys(given)).toEqual(expect.arrayContaining(needed));
  });

  test("Meta's products names what the manual says to subscribe to", () => {
    const named = (docs: string) => [...(/^Fields: ([\s\S]*?)\.\n/m.exec(docs)?.[1] ?? "").matchAll(/`(\w+)`/g)].map((match) => match[1]);
    expect(WHATSAPP_FIELDS).toEqual(named(whatsappDocs));
    expect(MESSENGER_FIELDS).toEqual(named(messengerDocs));
  });
});

describe("settings", () => {
  const email = kindOf("email")?.fields ?? [];

  test("values go into objects, and only those that were asked for", () => {
    const values = { ...valuesOf(email, {}), address: "a@example.com", "imap.host": "i.example.com", "smtp.host": "s.example.com", "auth.password": "p", "auth.client_id": "left over", aliases: " b@example.com \n\nc@example.com" };
    expect(problems(email, values)).toEqual({});
    expect(settingsOf(email, values)).toEqual({
      address: "a@example.com",
      imap: { host: "i.example.com", port: 993, tls: "implicit" },
      smtp: { host: "s.example.com", port: 465, tls: "implicit" },
      auth: { kind: "password", password: "p" },
      mark_seen: true,
      aliases: ["b@example.com", "c@example.com"],
    });
  });

  test("what no field speaks of stays, what is emptied goes, a hidden secret goes back as it came", () => {
    const telegram = kindOf("telegram")?.fields ?? [];
    const before = { token: HIDDEN, mode: "polling", api_url: "https://bots.example.com", timeouts: { poll_s: 5 } };
    const values = { ...valuesOf(telegram, before), api_url: "" };
    expect(problems(telegram, values)).toEqual({});
    expect(settingsOf(telegram, values, before)).toEqual({ token: HIDDEN, mode: "polling", timeouts: { poll_s: 5 } });
  });

  test("what cannot work is said before it is sent", () => {
    const telegram = kindOf("telegram")?.fields ?? [];
    expect(problems(telegram, { token: "", mode: "webhook" })).toEqual({ token: "admin.required", webhook_secret: "admin.required" });
    expect(problems(telegram, { token: "123", mode: "polling" })).toEqual({ token: "admin.telegram_token_wrong" });
  });

  test("refusals of the daemon find their field", () => {
    expect(refusedField({ "settings/imap.host": "no" }, "imap.host")).toBe("no");
    expect(refusedField({ "settings/token": "no" }, "token")).toBe("no");
  });

  test("an invented secret is what every provider takes", () => {
    expect(invented()).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(invented()).not.toBe(invented());
  });
});
