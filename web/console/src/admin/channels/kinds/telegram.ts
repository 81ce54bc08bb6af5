// docs/telegram.md and channels/telegram/src/settings.rs.

import type { Kind } from "./kind";

export const telegram: Kind = {
  channel: "telegram",
  about: "admin.telegram_about",
  steps: [
    { text: "admin.telegram_step1", link: "https://t.me/BotFather", paste: "/newbot" },
    { text: "admin.telegram_step2", paste: "/setprivacy" },
  ],
  fields: [
    {
      key: "token",
      label: "admin.telegram_token",
      hint: "admin.telegram_token_hint",
      kind: "secret",
      required: true,
      proper: { pattern: /^\d+:[A-Za-z0-9_-]{30,}$/, problem: "admin.telegram_token_wrong" },
      placeholder: "7100001:AA…",
    },
    {
      key: "mode",
      label: "admin.mode",
      hint: "admin.telegram_mode_hint",
      kind: "choice",
      initial: "polling",
      choices: [
        { value: "polling", label: "admin.mode_polling" },
        { value: "webhook", label: "admin.mode_webhook" },
      ],
    },
    {
      key: "webhook_secret",
      label: "admin.webhook_secret",
      hint: "admin.webhook_secret_hint",
      kind: "secret",
      required: true,
      invented: true,
      proper: { pattern: /^[A-Za-z0-9_-]{16,256}$/, problem: "admin.webhook_secret_wrong" },
      when: { key: "mode", value: "webhook" },
    },
    { key: "api_url", label: "admin.api_url", hint: "admin.api_url_hint", kind: "text", placeholder: "https://api.telegram.org", further: true },
  ],
  proof: ["token"],
  after: [],
  // The inbox sets the webhook by itself; there is nothing to paste.
  called: () => false,
  knock: "admin.telegram_knock",
};
