// What an answer by mail may have of its own: the subject, and who gets a copy.

import type { Message } from "$lib/api/types";

export interface MailHead {
  subject: string;
  /** As it is typed: addresses with commas between them. */
  cc: string;
}

/** The daemon takes no more. */
const MAX_COPIES = 50;
const ADDRESS = /^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+$/;

/** The addresses that are typed, once each; a name before an address in <> is left out. */
export function addressesIn(typed: string): string[] {
  const parts = typed.split(/[,;\n]/).map((part) => (/<([^<>]*)>\s*$/.exec(part)?.[1] ?? part).trim()).filter((part) => part !== "");
  return parts.filter((part, at) => parts.findIndex((other) => same(other, part)) === at);
}

/** The first of them that cannot be one, or that is one too many. */
export function wrongAddress(typed: string): string | null {
  const all = addressesIn(typed);
  return all.find((one, at) => !ADDRESS.test(one) || at >= MAX_COPIES) ?? null;
}

/** Who else is in the thread: the author of the customer's last mail, and whom it went to beside us. */
export function othersIn(messages: readonly Message[], customer: string | null | undefined): string[] {
  const last = messages.findLast((one) => one.sender_type === "customer" && !one.deleted_at && "from" in extraOf(one));
  if (!last) return [];
  const { from, copies } = extraOf(last);
  return addressesIn([from, copies].flat().filter((one) => typeof one === "string").join(",")).filter((one) => !same(one, customer ?? ""));
}

function extraOf(message: Message): Record<string, unknown> {
  return (message.extra as Record<string, unknown> | null) ?? {};
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
