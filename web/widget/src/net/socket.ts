// A Socket.IO client of one kilobyte: WebSocket only. It comes back by itself, after a random wait that grows (full jitter, so
// that a thousand widgets do not return in the same second), and it notices a line that is dead without saying so.

import { event, hello, parse, PONG } from "./frames";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** Until the server has let us in. */
const OPENING_MS = 10_000;

export interface Handlers {
  /** Runs after every connect, the first and each later one. */
  connect: () => void;
  /** The line is gone; the next try is in `wait` milliseconds. */
  disconnect: (wait: number) => void;
  /** The server does not let us in: its code for why. The next try follows as after a disconnect. */
  refused: (code: string) => void;
  event: (name: string, body: unknown) => void;
  /** WebSocket has never opened so far, though tried this many times. */
  unopened?: (tries: number) => void;
}

/** What the rest of the widget needs of a socket, whoever made it. */
export interface Line {
  readonly connected: boolean;
  connect(): void;
  /** Tries at once instead of waiting. */
  now(): void;
  close(): void;
  /** With `ack` the answer is given to it, if one comes. */
  emit(name: string, body: object, ack?: (answer: unknown) => void): void;
}

export class Socket implements Line {
  connected = false;
  #socket: WebSocket | undefined;
  #acks = new Map<number, (answer: unknown) => void>();
  #nextId = 0;
  #tries = 0;
  /** Whether a handshake has ever come: then the way is not blocked, only broken. */
  #opened = false;
  #closed = true;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #patience = OPENING_MS;

  constructor(
    private readonly url: string,
    private readonly auth: () => object,
    private readonly handlers: Handlers,
  ) {}

  connect(): void {
    this.#closed = false;
    if (!this.#socket) this.#open();
  }

  now(): void {
    if (!this.#closed && !this.#socket) this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#drop();
  }

  emit(name: string, body: object, ack?: (answer: unknown) => void): void {
    if (!this.connected) return;
    const id = ack ? this.#nextId++ : undefined;
    if (id !== undefined && ack) this.#acks.set(id, ack);
    this.#socket?.send(event(name, body, id));
  }

  #open(): void {
    clearTimeout(this.#retry);
    this.#patience = OPENING_MS;
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#alive();
    // A socket that was given up may still speak: it is not listened to.
    socket.onmessage = (message) => this.#socket === socket && this.#hear(String(message.data));
    socket.onclose = () => this.#socket === socket && this.#lost();
  }

  #hear(text: string): void {
    this.#alive();
    const frame = parse(text);
    switch (frame.type) {
      case "open":
        this.#opened = true;
        this.#patience = frame.pingInterval + frame.pingTimeout;
        this.#alive();
        return this.#socket?.send(hello(this.auth()));
      case "ping":
        return this.#socket?.send(PONG);
      case "connected":
        this.connected = true;
        this.#tries = 0;
        return this.handlers.connect();
      case "refused":
        this.handlers.refused(frame.message);
        return this.#lost();
      case "event":
        return this.handlers.event(frame.name, frame.body);
      case "ack":
        this.#acks.get(frame.id)?.(frame.body);
        this.#acks.delete(frame.id);
        return;
      case "disconnected":
      case "close":
        return this.#lost();
    }
  }

  /** Something came: the line is good for as long as the server said it may be silent. */
  #alive(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#lost(), this.#patience);
  }

  #lost(): void {
    this.#drop();
    if (this.#closed) return;
    const wait = Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries);
    this.#tries += 1;
    this.#retry = setTimeout(() => this.#open(), wait);
    this.handlers.disconnect(wait);
    if (!this.#opened) this.handlers.unopened?.(this.#tries);
  }

  #drop(): void {
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#socket = undefined;
    this.connected = false;
    // Nobody will answer these any more; who asked stops waiting by their own clock.
    this.#acks.clear();
    socket?.close();
  }
}
