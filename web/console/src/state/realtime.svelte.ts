// The socket: events in order, requests with an answer, and going on after a cut where the log was left.

import { io, type Socket } from "socket.io-client";
import { Refused, Unreachable } from "$lib/api/client";
import type { AnyEvents, Answer } from "./events";

const ANSWER_MS = 8_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** Most cuts heal at once; only after that long is one told of. */
const TELL_AFTER_MS = 1_500;
/** A page hidden for longer asks for a new connection when it is seen again: half-open sockets do not say so. */
const STALE_AFTER_MS = 60_000;

export type Connection = "connecting" | "online" | "offline" | "signed_out";

type Handler<Name extends keyof AnyEvents> = (event: AnyEvents[Name]) => void;

export class Realtime {
  /** What the operator is told; `offline` only when it lasts. */
  connection = $state<Connection>("connecting");
  /** When the next attempt is made, in ms since 1970; null while connected or trying. */
  nextAttempt = $state<number | null>(null);

  /** The last event of the log that was handled. From here a new connection goes on. */
  #position: number | null = null;
  #socket: Socket;
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #tell: ReturnType<typeof setTimeout> | undefined;
  #hiddenAt: number | null = null;
  readonly #stopped = new AbortController();
  #snapshot: () => void;
  #opened: (first: boolean) => void;

  /** `snapshot` is called when what is known must be read anew; `opened` after every connect. */
  constructor(callbacks: { snapshot: () => void; opened: (first: boolean) => void }) {
    this.#snapshot = callbacks.snapshot;
    this.#opened = callbacks.opened;
    this.#socket = io({
      autoConnect: false,
      reconnection: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      auth: (give) => give(this.#position === null ? {} : { after: this.#position }),
    });
    this.#socket.on("connect", () => this.#connected());
    this.#socket.on("disconnect", () => this.#lost());
    this.#socket.on("connect_error", (error) => this.#refused(error.message));
    this.on("server:hello", (hello) => this.#greeted(hello));
    this.on("server:reset", ({ seq }) => {
      this.#position = seq;
      this.#snapshot();
    });
    this.on("server:closing", ({ reason }) => {
      if (reason === "signed_out") this.#signedOut();
    });
  }

  start(): void {
    this.#socket.connect();
    const { signal } = this.#stopped;
    addEventListener("online", () => this.now(), { signal });
    document.addEventListener("visibilitychange", () => this.#visibility(), { signal });
  }

  /** For good: nothing is told any more, and nothing connects again. */
  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#retry);
    clearTimeout(this.#tell);
    this.#socket.off();
    this.#socket.disconnect();
  }

  /** Tries to connect at once. */
  now(): void {
    if (this.#stopped.signal.aborted || this.#socket.connected || this.connection === "signed_out") return;
    clearTimeout(this.#retry);
    this.nextAttempt = null;
    this.#socket.connect();
  }

  on<Name extends keyof AnyEvents>(name: Name, handle: Handler<Name>): void {
    this.#socket.on(name as string, (event: AnyEvents[Name] & { seq?: number }) => {
      const seq = name.startsWith("server:") ? undefined : event.seq;
      if (seq !== undefined && this.#position !== null && seq < this.#position) return;
      handle(event);
      if (seq !== undefined) this.#position = Math.max(seq, this.#position ?? 0);
    });
  }

  /** Sends one event and waits for its answer. Throws `Refused`, or `Unreachable` when none came in time. */
  async ask<T>(name: string, payload: object): Promise<T> {
    if (!this.#socket.connected) throw new Unreachable();
    let answer: Answer;
    try {
      answer = (await this.#socket.timeout(ANSWER_MS).emitWithAck(name, payload)) as Answer;
    } catch {
      throw new Unreachable();
    }
    if (!answer.ok) throw new Refused(answer.problem);
    return answer as T;
  }

  /** For what may be lost, such as typing. */
  hint(name: string, payload: object): void {
    if (this.#socket.connected) this.#socket.volatile.emit(name, payload);
  }

  #connected(): void {
    clearTimeout(this.#tell);
    this.#tell = undefined;
    this.#attempts = 0;
    this.nextAttempt = null;
    this.connection = "online";
  }

  #greeted(hello: AnyEvents["server:hello"]): void {
    const first = this.#position === null;
    if (first || hello.reset) this.#position = hello.seq;
    if (hello.reset && !first) this.#snapshot();
    this.#opened(first);
  }

  #lost(): void {
    this.#tell ??= setTimeout(() => {
      if (this.connection !== "signed_out") this.connection = "offline";
    }, TELL_AFTER_MS);
    this.#again();
  }

  #refused(code: string): void {
    if (code === "unauthorized" || code === "signed_out") this.#signedOut();
    else this.#lost();
  }

  #again(): void {
    clearTimeout(this.#retry);
    if (this.connection === "signed_out") return;
    // Full jitter: a thousand consoles do not come back in the same moment.
    const wait = Math.random() * Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempts++);
    this.nextAttempt = Date.now() + wait;
    this.#retry = setTimeout(() => this.now(), wait);
  }

  #signedOut(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#tell);
    this.connection = "signed_out";
    this.#socket.disconnect();
  }

  #visibility(): void {
    if (document.hidden) {
      this.#hiddenAt = Date.now();
      return;
    }
    const hidden = this.#hiddenAt === null ? 0 : Date.now() - this.#hiddenAt;
    this.#hiddenAt = null;
    if (hidden > STALE_AFTER_MS && this.#socket.connected) this.#socket.disconnect();
    this.now();
  }
}
