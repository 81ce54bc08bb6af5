// What the daemon tells a widget, as far as it is read here. Written by hand and short: the generated types are the console's.

/** Microseconds since 1970, UTC. */
export type Micros = number;

/** `GET /api/v1/widget/{inbox_id}`. */
export interface Config {
  inbox_id: string;
  name: string;
  greeting: { title: string; text?: string; name?: string | null } | null;
  menu: MenuItem[];
  pre_chat: { fields: Field[]; consent?: string | null } | null;
  colors: { accent?: string | null };
  /** Language, key, text. */
  texts: Record<string, Record<string, string>>;
  availability: "online" | "away" | "closed";
  reply_time: string | null;
  opens_at: Micros | null;
  files: { max_bytes: number; types: string[] };
  identity_required: boolean;
  mail_handover: boolean;
  languages: string[];
}

export interface MenuItem {
  id: string;
  title: string;
  /** The first words; left out, the visitor writes them. */
  text?: string | null;
}

export interface Field {
  name: string;
  label: string;
  required?: boolean;
  kind?: "text" | "email" | "tel" | "select" | "checkbox";
  options?: string[];
}

/** `POST /api/v1/widget/{inbox_id}/visitors`. */
export interface Entered {
  token: string;
  visitor: { id: string; name: string | null; email: string | null };
  session: Session | null;
  identity: "verified" | "anonymous";
}

/** A conversation, as its customer sees it. */
export interface Session {
  id: string;
  state: "new" | "active" | "awaiting_response" | "transferred" | "closed" | "archived";
  subject?: string | null;
  assignee?: { id: string; name: string | null } | null;
  /** Number of the last message that the operators have seen. */
  operator_seen?: number | null;
  mail_handover?: { email: string } | null;
}

export interface Attachment {
  id: string;
  name: string;
  content_type: string;
  /** Bytes. */
  size: number;
  state?: "stored" | "waiting" | "failed";
  url: string;
}

/** One of `extra.buttons`: it opens a page, or is pressed. */
export interface Button {
  id: string;
  title: string;
  url?: string;
}

export interface Message {
  id: string;
  conversation_id: string;
  /** Place in the conversation. */
  number: number;
  client_id?: string | null;
  sender_type: "customer" | "operator" | "assistant" | "system";
  sender_name?: string | null;
  kind: string;
  text: string;
  attachments?: Attachment[];
  reactions?: { actor: string; emoji: string }[];
  reply_to?: string | null;
  automatic?: boolean;
  extra?: Record<string, unknown> | null;
  at: Micros;
  edited_at?: Micros | null;
  deleted_at?: Micros | null;
}

/** Answer to `chat:join` and `chat:start`. */
export interface Joined {
  session: Session;
  messages: Message[];
  /** What happened otherwise since `after`. */
  events: { event: string; data: Record<string, unknown> }[];
  seq: number | string;
  reset?: boolean;
}
