// Templates of WhatsApp: how one reads with its variables filled in, and what is sent.

export interface Template {
  name: string;
  language: string;
  /** As the provider says; only `APPROVED` ones can be sent. */
  status: string;
  category?: string | null;
  header?: string | null;
  body: string;
  footer?: string | null;
  buttons: string[];
  /** Names or positions of the body's variables, in order. */
  variables: string[];
  header_variables: string[];
}

export type Values = Record<string, string>;

/** The text with the values given; variables without one stay visible. */
export function filled(text: string, values: Values): string {
  return text.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name: string) => values[name]?.trim() || whole);
}

export function complete(template: Template, header: Values, body: Values): boolean {
  return template.header_variables.every((name) => header[name]?.trim()) && template.variables.every((name) => body[name]?.trim());
}

/** `extra.template` of a message. Positions are told by order, names by name. */
export function templateUse(template: Template, header: Values, body: Values) {
  const parameter = (values: Values) => (name: string) => ({ ...(!/^\d+$/.test(name) && { name }), text: values[name]?.trim() ?? "" });
  return {
    name: template.name,
    language: template.language,
    parameters: template.variables.map(parameter(body)),
    header: template.header_variables.map(parameter(header)),
  };
}
