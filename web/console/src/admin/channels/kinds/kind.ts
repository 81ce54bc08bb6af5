// What the console knows of connecting one kind of channel: as data, so that the wizard and the settings are one code.

import type { Key } from "$console/i18n/index.svelte";

export interface FieldSpec {
  /** Where it stands in the settings; dots lead into an object. */
  key: string;
  label: Key;
  hint?: Key;
  /** `lines` is a list of texts, one a line. Secrets are written only; what is kept is never shown. */
  kind: "text" | "secret" | "number" | "choice" | "switch" | "lines" | "date";
  required?: boolean;
  /** What a proper value looks like, and what to say of any other. */
  proper?: { pattern: RegExp; problem: Key };
  choices?: { value: string; label: Key }[];
  /** What stands there at first. The daemon's own defaults are left out. */
  initial?: string;
  placeholder?: string;
  /** Of our own choice: the console makes one up. */
  invented?: boolean;
  /** Only asked for while another field has this value. */
  when?: { key: string; value: string };
  /** Behind "more settings". */
  further?: boolean;
}

export interface Step {
  text: Key;
  link?: string;
  /** Something to paste at the provider, such as the names of what to subscribe to. */
  paste?: string;
}

export interface Kind {
  channel: string;
  /** What it is good for and what it needs, in a sentence. */
  about: Key;
  /** To be done at the provider before. */
  steps: Step[];
  fields: FieldSpec[];
  /** Checks of the channel doctor that fail where the provider does not take what was pasted. */
  proof: string[];
  /** To be done at the provider once the inbox, and with it its address, is there. */
  after: Step[];
  /** Whether the provider calls us with these settings, so that there is an address to paste. */
  called: (values: Record<string, string>) => boolean;
  /** What to do with the telephone to see the first message come in. */
  knock: Key;
}
