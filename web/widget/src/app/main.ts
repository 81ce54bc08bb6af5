// The first kilobyte: in a frame it waits until the site's page opens the chat (or a conversation goes on), and only then loads
// the rest; as a page of its own it loads it at once.

import "../styles/base.css";
import "../styles/thread.css";
import "../styles/composer.css";
import { hostOf } from "./host";

const [, kind, name] = location.pathname.split("/");
const inboxId = decodeURIComponent(name ?? "") || new URLSearchParams(location.search).get("inbox") || "";

if (kind === "widget" && parent !== window) {
  const host = hostOf(parent);
  const hello = await host.hello;
  if (!hello.open && !talked() && hello.kept?.talked !== "true") {
    host.tell({ say: "asleep" });
    await host.opened;
  }
  const { start } = await import("./start");
  await start(inboxId, host, hello);
} else {
  const { start } = await import("./start");
  await start(inboxId);
}

/** A conversation was begun here before: there may be answers. */
function talked(): boolean {
  try {
    return localStorage.getItem(`trunkline.${inboxId}.talked`) === "true";
  } catch {
    return false;
  }
}

export {};
