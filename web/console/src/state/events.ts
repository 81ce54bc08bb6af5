// What the daemon says over the socket, as far as the console listens.

import type { Contact, Conversation, Delivery, Message, Micros, Operator, Problem } from "$lib/api/types";

/** What every logged event carries; `seq` grows over the whole log. */
export interface Logged {
  seq: number;
  stream: string;
  id: string;
  at: Micros;
}

/** The few facts of its conversation that a message event carries. */
export interface Brief {
  id: string;
  state?: Conversation["state"];
  contact_name?: string | null;
  channel?: string;
  inbox_id?: string;
  assignee_id?: string | null;
  priority?: Conversation["priority"];
  waiting_since?: Micros | null;
  subject?: string | null;
}

export interface OfSession extends Logged {
  session_id: string;
}

/** Events of the log, by name. */
export interface LoggedEvents {
  "chat:new_session": OfSession & { session: Conversation };
  "chat:session_assigned": OfSession & { session: Conversation; assignee: Conversation["assignee"]; by?: { id: string; name: string } | null };
  "chat:session_updated": OfSession & { session: Conversation };
  "chat:ended": OfSession & { session: Conversation };
  "chat:new_message": OfSession & { message: Message; session?: Brief };
  "chat:message_edited": OfSession & { message: Message };
  "chat:delivery": OfSession & { message_id: string; status: Message["status"]; delivery?: Delivery };
  "chat:amendment": OfSession & { message_id: string; amendment: NonNullable<Message["amendment"]> };
  "chat:seen": OfSession & { sender_type: "customer" | "operator"; number: number; message_id: string | null };
  "agent:updated": Logged & { operator: Operator };
  "inbox:health": Logged & { inbox_id: string; name: string; channel: string; state: string; reason: string | null };
  "contact:updated": Logged & { contact?: Contact; other?: Contact };
}

/** What is not in the log and may be lost. */
export interface VolatileEvents {
  "chat:typing": { session_id: string; sender_type: string; sender_name?: string | null; typing: boolean; private?: boolean };
  "chat:viewing": { session_id: string; viewers: { id: string; name: string }[] };
}

/** About the connection itself. */
export interface ServerEvents {
  "server:hello": { protocol: number; role: string; id: string; seq: number; reset: boolean };
  "server:reset": { seq: number };
  "server:draining": object;
  "server:closing": { reason: string };
}

export type AnyEvents = LoggedEvents & VolatileEvents & ServerEvents;

export type Answer = { ok: true } | { ok: false; problem: Problem };
