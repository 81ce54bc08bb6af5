// The socket: requests with an answer, and rejoining without loss after every reconnect.

import { io, type Socket } from "socket.io-client";
import { Refused, Unreachable } from "./api";
import type { Conversation, Message, MessageStatus, Named, Problem, SenderType, Session } from "./types";

const ANSWER_MS = 8_000;

/** What every server event carries. `seq` grows within a stream. */
export interface ServerEvent {
  seq: number;
  stream: string;
  id: string;
  at: string;
}

export interface ServerEvents {
  "chat:new_session": ServerEvent & { session?: Conversation };
  "chat:session_assigned": ServerEvent & { session_id: string; assignee: Named | null };
  "chat:new_message": ServerEvent & { session_id: string; message: Message };
  "chat:message_edited": ServerEvent & { session_id: string; message: Message };
  "chat:delivery": ServerEvent & { session_id: string; message_id: string; status: MessageStatus };
  "chat:typing": { session_id: string; sender_type: SenderType; typing: boolean };
  "chat:seen": ServerEvent & { session_id: string; message_id: string; sender_type: SenderType };
  "chat:ended": ServerEvent & { session_id: string };
}

export interface Joined {
  session: Session;
  /** With `reset`, or without an `after`: the newest messages. Else: those missed since. */
  messages: Message[];
  seq: number;
  reset?: boolean;
}

type Answer = { ok: true } | { ok: false; problem: Problem };

export class Realtime {
  readonly #socket: Socket;
  /** Per conversation, the last seq seen: from here a rejoin goes on. */
  readonly #seen = new Map<string, number>();

  /** A visitor is known by a token, an operator by the session cookie. */
  constructor(token?: () => string) {
    this.#socket = io({
      autoConnect: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 10_000,
      ...(token && { auth: (give: (auth: object) => void) => give({ token: token() }) }),
    });
    this.#socket.onAny((_name: string, event: Partial<ServerEvent> & { session_id?: string }) => {
      if (event?.session_id && typeof event.seq === "number") this.#advance(event.session_id, event.seq);
    });
    // The client does not come back by itself when the daemon closed the connection on purpose.
    this.#socket.on("disconnect", (why) => {
      if (why === "io server disconnect") this.#socket.connect();
    });
  }

  /** `ready` runs after every connect, the first and each later one; `lost` after every disconnect and failed attempt. */
  connect(ready: () => void, lost: (error?: Error) => void): void {
    this.#socket.on("connect", ready);
    this.#socket.on("disconnect", () => lost());
    this.#socket.on("connect_error", lost);
    this.#socket.connect();
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  on<Name extends keyof ServerEvents>(name: Name, handle: (event: ServerEvents[Name]) => void): void {
    this.#socket.on(name as string, handle as (event: unknown) => void);
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

  /** Enters a conversation: `fresh` asks for the newest messages, otherwise only for what was missed. */
  async join(sessionId: string, fresh: boolean): Promise<Joined> {
    const after = fresh ? undefined : this.#seen.get(sessionId);
    const joined = await this.ask<Joined>("chat:join", { session_id: sessionId, ...(after !== undefined && { after }) });
    this.#advance(sessionId, joined.seq);
    return { ...joined, reset: joined.reset === true || after === undefined };
  }

  #advance(sessionId: string, seq: number): void {
    this.#seen.set(sessionId, Math.max(seq, this.#seen.get(sessionId) ?? 0));
  }
}
