// What the daemon's API answers, as far as these pages read it.

/** Microseconds since 1970, UTC, as all times of the API. */
export type Micros = number;
export type ConversationState = "new" | "active" | "awaiting_response" | "transferred" | "closed" | "archived";
export type SenderType = "customer" | "operator" | "assistant" | "system";
export type MessageStatus = "queued" | "sent" | "delivered" | "read" | "failed" | "uncertain" | "cancelled";

export interface Named {
  id: string;
  name: string | null;
}

export interface Operator {
  id: string;
  name: string;
  role: "operator" | "supervisor" | "admin" | "auditor";
}

export interface Conversation {
  id: string;
  number: number;
  state: ConversationState;
  subject: string | null;
  priority: "low" | "medium" | "high" | "urgent";
  channel: string;
  inbox_id: string;
  contact: Named;
  assignee: Named | null;
  last_message: { text: string | null; at: Micros; sender_type: SenderType } | null;
  waiting_since: Micros | null;
}

/** What a visitor is told of their conversation. */
export interface Session {
  id: string;
  state: ConversationState;
  assignee?: Named | null;
}

export interface Attachment {
  id: string;
  name: string;
  content_type: string;
  /** Bytes. */
  size: number;
  url: string;
}

export interface Message {
  id: string;
  /** Counts up within the conversation: the order to show. */
  number: number;
  /** The id its sender made, where the daemon tells it. */
  client_id?: string | null;
  sender_type: SenderType;
  sender_name: string | null;
  kind: string;
  text: string | null;
  attachments?: Attachment[];
  reactions?: { emoji: string }[];
  status?: MessageStatus | null;
  at: Micros;
  edited_at?: Micros | null;
  deleted_at?: Micros | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** RFC 9457, plus a stable code. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code?: string;
}
