// What the loader on the site's page and the app in the frame tell each other by `postMessage`. Types only: both sides check
// origin and source of everything that comes.

/** Marks our messages among those of others. */
export const MARK = "trunkline";

export interface User {
  id?: string;
  name?: string;
  email?: string;
  /** A JWT that the site signed. */
  token?: string;
  /** Or hex of an HMAC of `id`. */
  hmac?: string;
}

export interface Page {
  url: string;
  title: string;
  referrer: string;
}

export interface Hello {
  locale?: string;
  theme?: string;
  user?: User;
  attributes: Record<string, unknown>;
  prefill: Record<string, string>;
  page: Page;
  /** The panel is on screen. Otherwise the app sleeps until it is, unless a conversation goes on. */
  open: boolean;
  /** What the site keeps for the app. */
  kept?: Record<string, string>;
}

/** From the loader to the app. */
export type Down =
  | ({ do: "hello" } & Hello)
  | { do: "open" | "close" | "reset" }
  | { do: "identify"; user: User }
  | { do: "attributes"; attributes: Record<string, unknown> }
  | { do: "track"; name: string; data?: unknown }
  | { do: "locale" | "theme"; value: string }
  | { do: "prefill"; fields: Record<string, string> }
  | { do: "startChat"; subject?: string; text?: string }
  | { do: "page"; page: Page }
  | { do: "kept"; key: string; text: string | null };

/** From the app to the loader. */
export type Up =
  | { say: "ready"; accent?: string; on?: string; label: Labels; dir: string }
  | { say: "asleep" }
  | { say: "keep"; key: string; text: string | null }
  | { say: "close" | "reset" }
  | { say: "unread"; count: number; label: string; preview?: { from: string; text: string } }
  | { say: "message"; message: { id: string; text: string; from: "operator" | "assistant" | "visitor"; name: string | null } }
  | { say: "status"; availability: string; connected: boolean }
  | { say: "chat:started" | "chat:ended"; session_id: string };

export interface Labels {
  title: string;
  open: string;
  close: string;
}
