// The loader for those who bundle: puts the script tag in, and gives the typed function at once.

import type { Call, Trunkline } from "./api";

export type { Call, Commands, Events, Identity, Proof, Trunkline } from "./api";

/** What the script tag's attributes say (docs/widget.md). */
export interface Options {
  /** Where the daemon is, such as `https://chat.example.com`. */
  server: string;
  /** Id of the web chat inbox. */
  inbox: string;
  locale?: string;
  theme?: "light" | "dark" | "auto";
  position?: "left" | "right";
  accent?: string;
  accentText?: string;
  open?: "true";
  launcher?: "none";
  idle?: "off";
  userToken?: string;
  userId?: string;
  userHmac?: string;
}

/** Loads the chat, once however often it is called. What is returned can be called before the script has come. */
export function load({ server, ...options }: Options): Call {
  if (!window.Trunkline) {
    const waiting = ((...command: unknown[]) => (waiting.q ??= []).push(command)) as unknown as Trunkline;
    window.Trunkline = waiting;
    const script = document.createElement("script");
    script.async = true;
    script.src = new URL("/widget.js", server).href;
    Object.assign(script.dataset, options);
    document.head.append(script);
  }
  // Looked up each time: the script puts its own in the place of what waits.
  return (...command: unknown[]) => (window.Trunkline as unknown as (...command: unknown[]) => void)(...command);
}
