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

  constructor(
    private readonly auth: () => object,
    private readonly handlers: Handlers,
  ) {
    const url = new URL("/socket.io/?EIO=4&transport=websocket", location.origin);
    url.protocol = url.protocol.replace("http", "ws");
    this.#line = new Socket(url.href, auth, { ...handlers, unopened: (tries) => void this.#unopened(tries) });
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

  /** Leaves and comes back, as somebody else perhaps. */
  again(): void {
    this.#line.close();
    this.#line.connect();
  }

  /** Sends one event and waits for its answer. Throws `Refused`, or `Unreachable` when none came in time. */
  ask<T>(name: string, body: object): Promise<T> {
    return new Promise((done, fail) => {
      if (!this.connected) return fail(new Unreachable());
      const timer = setTimeout(() => fail(new Unreachable()), ANSWER_MS);
      this.#line.emit(name, body, (answer) => {
        clearTimeout(timer);
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
    this.#line = openFallback(this.auth, this.handlers);
    this.#line.connect();
  }
}
