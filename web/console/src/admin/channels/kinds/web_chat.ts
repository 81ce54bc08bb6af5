// channels/web_chat/src/settings.rs. How it looks and greets is set beside its preview (web_chat/).

import type { Kind } from "./kind";

export const web_chat: Kind = {
  channel: "web_chat",
  about: "admin.web_chat_about",
  steps: [{ text: "admin.web_chat_step1" }],
  fields: [
    { key: "allowed_origins", label: "admin.allowed_origins", hint: "admin.allowed_origins_hint", kind: "lines", placeholder: "https://shop.example" , proper: { pattern: /^https?:\/\/[^\s/]+\/?$/, problem: "admin.origin_wrong" } },
    {
      key: "identity_secret",
      label: "admin.identity_secret",
      hint: "admin.identity_secret_hint",
      kind: "secret",
      proper: { pattern: /^.{16,}$/u, problem: "admin.verify_token_wrong" },
      further: true,
    },
    { key: "require_identity", label: "admin.require_identity", hint: "admin.require_identity_hint", kind: "switch", initial: "false", further: true },
  ],
  proof: [],
  after: [],
  called: () => false,
  knock: "admin.web_chat_knock",
};
