// The one script a site carries: a launcher, and behind it a frame with the chat, loaded when it is wanted.

import { MARK, type Down, type Hello, type Up } from "../protocol";
import type { Commands, Events, Identity, Proof, Trunkline } from "./api";
import { keepFor } from "./keep";
import { makePanel } from "./panel";

const script = document.currentScript as HTMLScriptElement;
const { origin } = new URL(script.src);
const data = script.dataset;
const earlier = window.Trunkline;

// Two tags by mistake make one chat.
if (earlier?.q || !earlier) {
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
}

function begin() {
  const listeners: { [Name in keyof Events]?: Set<(body: never) => void> } = {};
  const panel = makePanel(() => api.toggle(), () => api.close());
  const keep = keepFor(data.inbox ?? "");
  /** Said to the frame as soon as it listens. */
  const waiting: Down[] = [];
  let heard = false;
  let url = "";
  const hello: Hello = {
    locale: data.locale || document.documentElement.lang,
    theme: data.theme ?? "auto",
    attributes: {},
    prefill: {},
    page: page(),
    open: false,
    ...((data.userToken || data.userHmac) && { user: { id: data.userId, token: data.userToken, hmac: data.userHmac } }),
  } as Hello;

  const commands: Commands = {
    open() {
      if (panel.opened) return;
      panel.open();
      load();
      tell({ do: "open" });
      emit("open", undefined);
    },
    close() {
      if (!panel.opened) return;
      panel.close();
      tell({ do: "close" });
      emit("close", undefined);
    },
    toggle: () => (panel.opened ? api.close() : api.open()),
    show: () => panel.show(true),
    hide() {
      api.close();
      panel.show(false);
    },
    identify(user: Identity, proof?: Proof) {
      hello.user = { ...user, ...proof };
      told({ do: "identify", user: hello.user });
    },
    attributes(attributes) {
      Object.assign(hello.attributes, attributes);
      told({ do: "attributes", attributes });
    },
    track: (name, data) => tell({ do: "track", name, data }),
    locale(tag) {
      hello.locale = tag;
      told({ do: "locale", value: tag });
    },
    theme(theme) {
      hello.theme = theme;
      panel.look({ theme });
      told({ do: "theme", value: theme });
    },
    prefill(fields) {
      Object.assign(hello.prefill, fields);
      told({ do: "prefill", fields });
    },
    startChat(about = {}) {
      api.open();
      tell({ do: "startChat", ...about });
    },
    reset() {
      delete hello.user;
      hello.attributes = {};
      hello.prefill = {};
      panel.unread(0, "");
      keep.clear();
      // Where there is no frame yet it has to forget as well.
      load();
      tell({ do: "reset" });
    },
    on(name, hear) {
      ((listeners[name] ??= new Set()) as Set<typeof hear>).add(hear);
      if (name === "ready") (hear as (body: undefined) => void)(undefined);
    },
    off: (name, hear) => (listeners[name] as Set<typeof hear> | undefined)?.delete(hear),
  };
  const run = (name: keyof Commands, ...values: unknown[]) => {
    if (Object.hasOwn(commands, name)) (commands[name] as (...values: unknown[]) => void)(...values);
    else console.warn(`Trunkline: there is no command "${String(name)}"`);
  };
  const api = Object.assign(run, commands) as Trunkline;
  window.Trunkline = api;

  function emit<Name extends keyof Events>(name: Name, body: Events[Name]) {
    listeners[name]?.forEach((hear) => {
      try {
        (hear as (body: Events[Name]) => void)(body);
      } catch (error) {
        // The site's own trouble is not ours, and is to be seen.
        console.error(error);
      }
    });
  }

  function load() {
    if (panel.frame) return;
    panel.load(`${origin}/widget/${encodeURIComponent(data.inbox ?? "")}`, "Chat", () => {
      heard = true;
      url = location.href;
      post({ do: "hello", ...hello, page: page(), open: panel.opened, kept: keep.all() });
      waiting.splice(0).forEach(post);
    });
  }

  function post(down: Down) {
    panel.frame?.contentWindow?.postMessage({ [MARK]: down }, origin);
  }

  function tell(down: Down) {
    if (heard) post(down);
    else if (down.do !== "open" && down.do !== "close") waiting.push(down);
  }

  /** What the greeting carries needs no saying before it. */
  function told(down: Down) {
    if (heard) post(down);
  }

  function moved() {
    if (location.href === url || !heard) return;
    url = location.href;
    post({ do: "page", page: page() });
  }

  addEventListener("message", (event: MessageEvent) => {
    if (event.origin !== origin || !panel.frame || event.source !== panel.frame.contentWindow) return;
    const up = (event.data as Record<string, unknown> | null)?.[MARK] as Up | undefined;
    if (!up) return;
    switch (up.say) {
      case "ready":
        panel.ready();
        panel.look({ accent: data.accent ? undefined : up.accent, on: data.accent ? undefined : up.on, dir: up.dir });
        return panel.label(up.label.title, up.label.open, up.label.close);
      case "keep":
        return keep.put(up.key, up.text);
      case "close":
        return api.close();
      case "unread":
        panel.unread(up.count, up.label, up.preview);
        return emit("unread", up.count);
      case "message":
        return emit("message", up.message);
      case "status":
        return emit("status", { availability: up.availability, connected: up.connected });
      case "chat:started":
      case "chat:ended":
        return emit(up.say, { session_id: up.session_id });
    }
  });

  panel.look({ accent: data.accent, on: data.accentText, theme: hello.theme, left: data.position === "left" });
  const language = ({ ru: ["Чат", "Открыть чат", "Закрыть чат"], ar: ["الدردشة", "فتح الدردشة", "إغلاق الدردشة"] } as Record<string, [string, string, string]>)[
    (hello.locale ?? "").slice(0, 2)
  ];
  panel.label(...(language ?? ["Chat", "Open chat", "Close chat"]));
  if (data.launcher === "none") panel.show(false);
  for (const [name, ...values] of earlier?.q ?? []) run(name as keyof Commands, ...values);
  emit("ready", undefined);
  if (data.open === "true") api.open();

  keep.watch((key, text) => told({ do: "kept", key, text }));
  for (const name of ["popstate", "hashchange"]) addEventListener(name, moved);
  (window as { navigation?: EventTarget }).navigation?.addEventListener("navigatesuccess", moved);
  // Somebody who has written before may have answers: the frame looks, and sleeps again where nothing was begun.
  if (data.idle !== "off") {
    const idle = () => (window.requestIdleCallback ?? setTimeout)(load);
    if (document.readyState === "complete") idle();
    else addEventListener("load", idle);
  }
}

function page() {
  return { url: location.href, title: document.title, referrer: document.referrer };
}
