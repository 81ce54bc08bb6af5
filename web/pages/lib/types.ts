// What the daemon's API answers, as far as these pages read it.

export type ConversationState = "new" | "active" | "awaiting_response" | "transferred" | "closed" | "archived";
export type SenderType = "customer" | "operator" | "assistant" | "system";
export type MessageStatus = "queued" | "sent" | "delivered" | "read" | "failed";

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
  last_message: { text: string | null; at: string; sender_type: SenderType } | null;
  waiting_since: string | null;
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
  status?: MessageStatus | null;
  at: string;
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
