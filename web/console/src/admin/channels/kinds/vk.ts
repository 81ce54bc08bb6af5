// docs/vk.md and channels/vk/src/settings.rs.

import type { Kind } from "./kind";

export const vk: Kind = {
  channel: "vk",
  about: "admin.vk_about",
  steps: [
    { text: "admin.vk_step1", link: "https://vk.com/groups?tab=admin" },
    { text: "admin.vk_step2" },
    { text: "admin.vk_step3" },
  ],
  fields: [
    {
      key: "group_id",
      label: "admin.vk_group",
      hint: "admin.vk_group_hint",
      kind: "number",
      required: true,
      proper: { pattern: /^[1-9]\d*$/, problem: "admin.vk_group_wrong" },
      placeholder: "123456",
    },
    {
      key: "token",
      label: "admin.vk_token",
      hint: "admin.vk_token_hint",
      kind: "secret",
      required: true,
      proper: { pattern: /^[A-Za-z0-9._-]+$/, problem: "admin.vk_token_wrong" },
    },
    {
      key: "mode",
      label: "admin.mode",
      hint: "admin.vk_mode_hint",
      kind: "choice",
      initial: "long_poll",
      choices: [
        { value: "long_poll", label: "admin.mode_polling" },
        { value: "callback", label: "admin.mode_webhook" },
      ],
    },
    {
      key: "secret",
      label: "admin.webhook_secret",
      hint: "admin.webhook_secret_hint",
      kind: "secret",
      required: true,
      invented: true,
      proper: { pattern: /^[A-Za-z0-9]{16,50}$/, problem: "admin.vk_secret_wrong" },
      when: { key: "mode", value: "callback" },
    },
    { key: "api_url", label: "admin.api_url", hint: "admin.vk_api_url_hint", kind: "text", placeholder: "https://api.vk.com", further: true },
  ],
  proof: ["token"],
  after: [],
  // The inbox adds its Callback server by itself.
  called: () => false,
  knock: "admin.vk_knock",
};
