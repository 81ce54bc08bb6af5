// docs/messenger.md and channels/messenger/src/settings.rs.

import type { Kind } from "./kind";

const DIGITS = { pattern: /^\d+$/, problem: "admin.digits_wrong" } as const;

/** What the app's webhook of the page is subscribed to. */
export const MESSENGER_FIELDS = [
  "messages", "message_echoes", "message_edits", "message_deliveries", "message_reads", "message_reactions", "messaging_postbacks",
  "messaging_optins", "messaging_referrals", "messaging_handovers", "standby", "messaging_policy_enforcement",
  "messaging_account_linking", "response_feedback",
];

export const messenger: Kind = {
  channel: "messenger",
  about: "admin.messenger_about",
  steps: [
    { text: "admin.messenger_step1", link: "https://developers.facebook.com/apps" },
    { text: "admin.messenger_step2" },
    { text: "admin.messenger_step3", paste: "pages_messaging, pages_manage_metadata" },
  ],
  fields: [
    { key: "page_id", label: "admin.page_id", hint: "admin.page_id_hint", kind: "text", required: true, proper: DIGITS, placeholder: "1042000000000017" },
    { key: "app_id", label: "admin.app_id", hint: "admin.app_id_hint", kind: "text", required: true, proper: DIGITS, placeholder: "880000000000001" },
    { key: "app_secret", label: "admin.app_secret", hint: "admin.app_secret_hint", kind: "secret", required: true },
    { key: "access_token", label: "admin.access_token", hint: "admin.messenger_token_hint", kind: "secret", required: true },
    {
      key: "verify_token",
      label: "admin.verify_token",
      hint: "admin.verify_token_hint",
      kind: "secret",
      required: true,
      invented: true,
      proper: { pattern: /^.{16,}$/u, problem: "admin.verify_token_wrong" },
    },
    { key: "human_agent", label: "admin.human_agent", hint: "admin.human_agent_hint", kind: "switch", initial: "false" },
    { key: "echo_wait_s", label: "admin.status_wait", hint: "admin.status_wait_hint", kind: "number", placeholder: "600", further: true },
    { key: "api_url", label: "admin.api_url", hint: "admin.api_url_hint", kind: "text", placeholder: "https://graph.facebook.com", further: true },
    { key: "api_version", label: "admin.api_version", kind: "text", placeholder: "v25.0", further: true },
  ],
  proof: ["token", "token_expiry"],
  after: [{ text: "admin.messenger_after1", paste: MESSENGER_FIELDS.join(", ") }],
  called: () => true,
  knock: "admin.messenger_knock",
};
