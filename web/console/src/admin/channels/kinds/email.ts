// docs/email.md and channels/email/src/settings.rs.

import type { FieldSpec, Kind } from "./kind";

const HOST = { pattern: /^[A-Za-z0-9.:[\]-]+$/, problem: "admin.host_wrong" } as const;
const TLS: FieldSpec["choices"] = [
  { value: "implicit", label: "admin.tls_implicit" },
  { value: "starttls", label: "admin.tls_starttls" },
  { value: "none", label: "admin.tls_none" },
];

export const email: Kind = {
  channel: "email",
  about: "admin.email_about",
  steps: [{ text: "admin.email_step1" }, { text: "admin.email_step2" }],
  fields: [
    {
      key: "address",
      label: "admin.email_address",
      hint: "admin.email_address_hint",
      kind: "text",
      required: true,
      proper: { pattern: /^[^\s@<>",;]+@[^\s@<>",;]+$/, problem: "admin.email_address_wrong" },
      placeholder: "support@example.com",
    },
    { key: "display_name", label: "admin.display_name", hint: "admin.display_name_hint", kind: "text", placeholder: "Example Support" },
    { key: "imap.host", label: "admin.imap_host", kind: "text", required: true, proper: HOST, placeholder: "imap.example.com" },
    { key: "imap.port", label: "admin.imap_port", kind: "number", initial: "993" },
    { key: "imap.tls", label: "admin.imap_tls", kind: "choice", initial: "implicit", choices: TLS },
    { key: "smtp.host", label: "admin.smtp_host", kind: "text", required: true, proper: HOST, placeholder: "smtp.example.com" },
    { key: "smtp.port", label: "admin.smtp_port", kind: "number", initial: "465" },
    { key: "smtp.tls", label: "admin.smtp_tls", kind: "choice", initial: "implicit", choices: TLS },
    {
      key: "auth.kind",
      label: "admin.auth_kind",
      kind: "choice",
      initial: "password",
      choices: [
        { value: "password", label: "admin.auth_password" },
        { value: "xoauth2", label: "admin.auth_xoauth2" },
      ],
    },
    { key: "auth.password", label: "admin.password", hint: "admin.email_password_hint", kind: "secret", required: true, when: { key: "auth.kind", value: "password" } },
    { key: "auth.client_id", label: "admin.client_id", kind: "text", required: true, when: { key: "auth.kind", value: "xoauth2" } },
    { key: "auth.client_secret", label: "admin.client_secret", kind: "secret", when: { key: "auth.kind", value: "xoauth2" } },
    { key: "auth.refresh_token", label: "admin.refresh_token", kind: "secret", required: true, when: { key: "auth.kind", value: "xoauth2" } },
    {
      key: "auth.token_url",
      label: "admin.token_url",
      kind: "text",
      required: true,
      placeholder: "https://oauth2.googleapis.com/token",
      proper: { pattern: /^https?:\/\/\S+$/, problem: "admin.url_wrong" },
      when: { key: "auth.kind", value: "xoauth2" },
    },
    { key: "import_since", label: "admin.import_since", hint: "admin.import_since_hint", kind: "date" },
    { key: "mark_seen", label: "admin.mark_seen", hint: "admin.mark_seen_hint", kind: "switch", initial: "true" },
    { key: "sent_folder", label: "admin.sent_folder", hint: "admin.sent_folder_hint", kind: "text", placeholder: "Sent" },
    { key: "aliases", label: "admin.aliases", hint: "admin.aliases_hint", kind: "lines", further: true },
    { key: "imap.folder", label: "admin.imap_folder", kind: "text", placeholder: "INBOX", further: true },
    { key: "imap.username", label: "admin.imap_username", hint: "admin.username_hint", kind: "text", further: true },
    { key: "smtp.username", label: "admin.smtp_username", hint: "admin.username_hint", kind: "text", further: true },
  ],
  proof: ["imap_connect", "imap_login", "smtp_connect", "smtp_login"],
  after: [],
  called: () => false,
  knock: "admin.email_knock",
};
