// The site's page around our frame. The daemon lets only pages that the inbox names embed it (`frame-ancestors`); here, too,
// only the page that spoke first is heard, and only it is spoken to.

import { MARK, type Down, type Hello, type Up } from "../protocol";

export interface Host {
  /** What the page says first. */
  readonly hello: Promise<Hello>;
  /** The first time the chat is to be seen, at once where it already is. */
  readonly opened: Promise<void>;
  tell(up: Up): void;
  /** Hears everything after the greeting; what came before somebody listened comes first. */
  listen(hear: (down: Down) => void): void;
}

export function hostOf(page: Window): Host {
  let origin: string | undefined;
  let hear: ((down: Down) => void) | undefined;
  const waiting: Down[] = [];
  const hello = deferred<Hello>();
  const opened = deferred<void>();

  addEventListener("message", (event: MessageEvent) => {
    if (event.source !== page || (origin !== undefined && event.origin !== origin)) return;
    const down = (event.data as Record<string, unknown> | null)?.[MARK] as Down | undefined;
    if (!down || typeof down !== "object") return;
    if (down.do === "hello") {
      if (origin !== undefined) return;
      origin = event.origin;
      hello.resolve(down);
      if (down.open) opened.resolve();
      return;
    }
    if (down.do === "open" || down.do === "startChat") opened.resolve();
    if (hear) hear(down);
    else waiting.push(down);
  });

  return {
    hello: hello.promise,
    opened: opened.promise,
    tell: (up) => origin !== undefined && page.postMessage({ [MARK]: up }, origin),
    listen: (handler) => {
      hear = handler;
      waiting.splice(0).forEach(handler);
    },
  };
}

// `Promise.withResolvers` is too young for the browsers of visitors.
function deferred<T>() {
  let resolve!: (value: T | PromiseLike<T>) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}
