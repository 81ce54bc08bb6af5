// Requests over the socket, each with an answer, and the choice of the way: our own client, or the official one where no
// WebSocket gets through.

import { Refused, Unreachable, type Problem } from "./api";
import { Socket, type Handlers, type Line } from "./socket";

const ANSWER_MS = 8_000;
/** So many tries without a single handshake make us ask whether plain requests would work. */
const TRIES_BEFORE_FALLBACK = 2;
/** A page that was away this long may hold a line that is dead and does not know it. */
const AWAY_MS = 60_000;

export class Realtime {
  #line: Line;
  #hiddenAt = 0;
  /** Ends the waiting for each answer that has not come. */
  readonly #asking = new Set<() => void>();
  readonly #handlers: Handlers;

  constructor(
    private readonly auth: () => object,
    handlers: Handlers,
  ) {
    this.#handlers = {
      ...handlers,
      disconnect: (wait) => {
        this.#unanswered();
        handlers.disconnect(wait);
      },
    };
    const url = new URL("/socket.io/?EIO=4&transport=websocket", location.origin);
    url.protocol = url.protocol.replace("http", "ws");
    this.#line = new Socket(url.href, auth, { ...this.#handlers, unopened: (tries) => void this.#unopened(tries) });
  }

  get connected(): boolean {
    return this.#line.connected;
  }

  connect(): void {
    this.#line.connect();
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#hiddenAt = Date.now();
      else if (this.#hiddenAt && Date.now() - this.#hiddenAt > AWAY_MS) void this.#probe();
      else this.now();
    });
  }

  /** Tries at once. */
  now(): void {
    this.#line.now();
  }

  /** Leaves, until `again`: nobody waits for an answer any more. */
  close(): void {
    this.#line.close();
    this.#unanswered();
  }

  /** Leaves and comes back, as somebody else perhaps. */
  again(): void {
    this.close();
    this.#line.connect();
  }

  /** Sends one event and waits for its answer. Throws `Refused`, or `Unreachable` when none came in time. */
  ask<T>(name: string, body: object): Promise<T> {
    return new Promise((done, fail) => {
      if (!this.connected) return fail(new Unreachable());
      const giveUp = () => {
        clearTimeout(timer);
        this.#asking.delete(giveUp);
        fail(new Unreachable());
      };
      const timer = setTimeout(giveUp, ANSWER_MS);
      this.#asking.add(giveUp);
      this.#line.emit(name, body, (answer) => {
        clearTimeout(timer);
        this.#asking.delete(giveUp);
        const said = answer as { ok?: boolean; problem?: Problem };
        if (said.ok) done(answer as T);
        else fail(new Refused(said.problem ?? { status: 500, title: name }));
      });
    });
  }

  /** For what may be lost, such as typing. */
  hint(name: string, body: object): void {
    this.#line.emit(name, body);
  }

  /** With the line its answers are gone: nobody waits for them. */
  #unanswered(): void {
    for (const giveUp of [...this.#asking]) giveUp();
  }

  /** A dead line answers nothing: it is left. */
  async #probe(): Promise<void> {
    if (!this.connected) return this.now();
    await this.ask("chat:leave", { session_id: "none" }).catch((error: unknown) => {
      if (error instanceof Unreachable) this.again();
    });
  }

  async #unopened(tries: number): Promise<void> {
    if (tries !== TRIES_BEFORE_FALLBACK) return;
    // A daemon that is away is not reached by plain requests either: then WebSocket is not the trouble.
    const answer = await fetch("/socket.io/?EIO=4&transport=polling", { credentials: "omit" }).catch(() => undefined);
    if (!answer?.ok) return;
    const { openFallback } = await import("./fallback");
    this.#line.close();
    this.#line = openFallback(this.auth, this.#handlers);
    this.#line.connect();
  }
}
