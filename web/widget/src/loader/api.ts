// What a site can ask of the chat, and hear from it. The types of `window.Trunkline`.

/** Who uses the site. Without a proof (`token` or `hmac`) the operators see these as unproved words. */
export interface Identity {
  /** The site's own id of the user. */
  id?: string;
  name?: string;
  email?: string;
}

export interface Proof {
  /** JWT (HS256) with `sub` and `exp`, signed by the site's server. */
  token?: string;
  /** Or hex of HMAC-SHA256 of the id. */
  hmac?: string;
}

export interface Events {
  /** Commands work at any time; from now on they work at once. */
  ready: undefined;
  open: undefined;
  close: undefined;
  /** An answer came. */
  message: { id: string; text: string; from: string; name: string | null };
  /** So many messages are unread. */
  unread: number;
  status: { availability: string; connected: boolean };
  "chat:started": { session_id: string };
  "chat:ended": { session_id: string };
}

export interface Commands {
  open(): void;
  close(): void;
  toggle(): void;
  /** Shows the launcher. */
  show(): void;
  /** Hides the launcher, and the chat if it is open. */
  hide(): void;
  identify(user: Identity, proof?: Proof): void;
  /** Facts that go with the next conversation. */
  attributes(attributes: Record<string, unknown>): void;
  /** Something the visitor did; the last twenty go with the next conversation. */
  track(name: string, data?: unknown): void;
  /** A language tag, such as `ru` or `pt-BR`. */
  locale(tag: string): void;
  theme(theme: "light" | "dark" | "auto"): void;
  /** Answers of the form, by the fields' names; `text` is what stands in the composer. */
  prefill(fields: Record<string, string>): void;
  /** Opens the chat for a matter; with a text it is sent. */
  startChat(about?: { subject?: string; text?: string }): void;
  /** The user has signed out: conversation and identity are forgotten in this browser. */
  reset(): void;
  on<Name extends keyof Events>(name: Name, hear: (body: Events[Name]) => void): void;
  off<Name extends keyof Events>(name: Name, hear: (body: Events[Name]) => void): void;
}

/** A command by its name: at any time. */
export type Call = <Name extends keyof Commands>(command: Name, ...values: Parameters<Commands[Name]>) => void;

/** `Trunkline("open")` is the same as `Trunkline.open()`; the former works before the script is there. */
export type Trunkline = Commands &
  Call & {
    /** Commands from before the script was there. */
    q?: unknown[][];
  };

declare global {
  interface Window {
    Trunkline?: Trunkline;
  }
}
