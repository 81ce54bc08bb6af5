// What a channel can do, as far as the composer asks. The API gives it as a free object, because channels grow.

import type { Inbox } from "$lib/api/types";
import type { TextLimit } from "./textLength";

export interface ButtonLimits {
  max: number;
  max_title_chars: number;
  max_id_bytes: number;
  /** A button may open a web page instead of answering. */
  links: boolean;
}

export interface Capabilities {
  sends: string[];
  text: TextLimit;
  max_attachment_bytes: number;
  max_attachments: number;
  edits: boolean;
  buttons: ButtonLimits | null;
  templates: boolean;
  /** Many: several side by side with each contact, each with a subject, as mails have. */
  threads: "single" | "many";
}

/** Null where the inbox is unknown or its settings do not work. */
export function capabilitiesOf(inbox: Inbox | undefined): Capabilities | null {
  return (inbox?.capabilities as Capabilities | null | undefined) ?? null;
}
