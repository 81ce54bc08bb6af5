// Templates of WhatsApp: how one reads with its variables filled in, and what is sent.

import type { NewReply } from "$lib/api/types";

export interface Template {
  name: string;
  language: string;
  /** As the provider says; only `APPROVED` ones can be sent. */
  status: string;
  category?: string | null;
  header?: string | null;
  /** `image`, `video` or `document` where the header is a file. */
  header_file?: string | null;
  body: string;
  footer?: string | null;
  buttons: string[];
  /** Names or positions of the body's variables, in order. */
  variables: string[];
  header_variables: string[];
  /** Positions of the buttons that need a value. */
  button_variables: number[];
}

export type Values = Record<string, string>;

/** What an operator has put into a template; `buttons` by their positions. */
export interface Filling {
  header: Values;
  body: Values;
  buttons: Values;
  /** Id of the upload for the header. */
  file: string | null;
}

/** A template as the answer, or the first message, that it becomes. */
export type TemplateReply = Pick<NewReply, "kind" | "text" | "attachments" | "extra">;

/** What browsers offer to pick for a header. */
export const HEADER_FILES: Record<string, string> = { image: "image/jpeg,image/png", video: "video/mp4,video/3gpp", document: "" };

/** The text with the values given; variables without one stay visible. */
export function filled(text: string, values: Values): string {
  return text.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name: string) => values[name]?.trim() || whole);
}

/** Null while something is missing. */
export function templateReply(template: Template, { header, body, buttons, file }: Filling): TemplateReply | null {
  const given = (values: Values) => (name: string | number) => Boolean(values[name]?.trim());
  const complete = template.header_variables.every(given(header)) && template.variables.every(given(body)) && template.button_variables.every(given(buttons));
  if (!complete || (template.header_file && !file)) return null;
  // Positions are told by order, names by name.
  const parameter = (values: Values) => (name: string) => ({ ...(!/^\d+$/.test(name) && { name }), text: values[name]?.trim() ?? "" });
  const use = {
    name: template.name,
    language: template.language,
    parameters: template.variables.map(parameter(body)),
    header: template.header_variables.map(parameter(header)),
    buttons: template.button_variables.map((index) => ({ index, text: buttons[index]?.trim() ?? "" })),
  };
  return { kind: "template", text: filled(template.body, body), ...(template.header_file && file && { attachments: [file] }), extra: { template: use } as never };
}
