// docs/whatsapp.md and channels/whatsapp/src/settings.rs.

import type { Kind } from "./kind";

const DIGITS = { pattern: /^\d+$/, problem: "admin.digits_wrong" } as const;

/** What the app's webhook of the product "WhatsApp Business Account" is subscribed to. */
export const WHATSAPP_FIELDS = [
  "messages", "smb_message_echoes", "user_id_update", "user_preferences", "calls", "account_update", "account_alerts",
  "account_review_update", "phone_number_quality_update", "phone_number_name_update", "business_capability_update", "security",
  "message_template_status_update", "message_template_quality_update", "template_category_update",
];

export const whatsapp: Kind = {
  channel: "whatsapp",
  about: "admin.whatsapp_about",
  steps: [
    { text: "admin.whatsapp_step1", link: "https://developers.facebook.com/apps" },
    { text: "admin.whatsapp_step2" },
    { text: "admin.whatsapp_step3" },
    { text: "admin.whatsapp_step4", link: "https://business.facebook.com/settings/system-users", paste: "whatsapp_business_messaging, whatsapp_business_management" },
  ],
  fields: [
    { key: "phone_number_id", label: "admin.whatsapp_number", hint: "admin.whatsapp_number_hint", kind: "text", required: true, proper: DIGITS, placeholder: "100200300400500" },
    { key: "business_account_id", label: "admin.whatsapp_account", hint: "admin.whatsapp_account_hint", kind: "text", required: true, proper: DIGITS, placeholder: "102290129340398" },
    { key: "access_token", label: "admin.access_token", hint: "admin.whatsapp_token_hint", kind: "secret", required: true },
    { key: "app_secret", label: "admin.app_secret", hint: "admin.app_secret_hint", kind: "secret", required: true },
    {
      key: "verify_token",
      label: "admin.verify_token",
      hint: "admin.verify_token_hint",
      kind: "secret",
      required: true,
      invented: true,
      proper: { pattern: /^.{16,}$/u, problem: "admin.verify_token_wrong" },
    },
    { key: "register_webhook", label: "admin.register_webhook", hint: "admin.register_webhook_hint", kind: "switch", initial: "true" },
    { key: "list_button", label: "admin.list_button", hint: "admin.list_button_hint", kind: "text", placeholder: "Options", proper: { pattern: /^.{1,20}$/u, problem: "admin.list_button_wrong" }, further: true },
    { key: "appsecret_proof", label: "admin.appsecret_proof", hint: "admin.appsecret_proof_hint", kind: "switch", initial: "false", further: true },
    { key: "status_wait_s", label: "admin.status_wait", hint: "admin.status_wait_hint", kind: "number", placeholder: "600", further: true },
    { key: "api_url", label: "admin.api_url", hint: "admin.api_url_hint", kind: "text", placeholder: "https://graph.facebook.com", further: true },
    { key: "api_version", label: "admin.api_version", kind: "text", placeholder: "v25.0", further: true },
  ],
  proof: ["number", "token_expiry"],
  after: [{ text: "admin.whatsapp_after1", paste: WHATSAPP_FIELDS.join(", ") }],
  called: (values) => values.register_webhook === "false",
  knock: "admin.whatsapp_knock",
};
