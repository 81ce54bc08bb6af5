// A customer at a web chat, as far as a measurement needs one: says, types, and knows when the daemon had it.

import { randomUUID } from "node:crypto";

const PATIENCE_MS = 10_000;

/** Milliseconds since 1970, in fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

export class Visitor {
  #socket: WebSocket;
  #waiting = new Map<number, (answer: Record<string, unknown>) => void>();
  #next = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Somebody who was never there before; the token is theirs for ever. */
  static async newcomer(base: string): Promise<string> {
    const { inbox_id } = (await (await fetch(`${base}/api/v1/widget/default`)).json()) as { inbox_id: string };
    const answer = await fetch(`${base}/api/v1/widget/${inbox_id}/visitors`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    return ((await answer.json()) as { token: string }).token;
  }

  static async connect(base: string, token: string): Promise<Visitor> {
    const socket = new WebSocket(`${base.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    const visitor = new Visitor(socket);
    await new Promise<void>((connected, refused) => {
      const late = setTimeout(() => refused(new Error("the visitor was not let in")), PATIENCE_MS);
      socket.onerror = () => refused(new Error("no connection for the visitor"));
      socket.onmessage = ({ data }) => {
        const text = String(data);
        if (text.startsWith("0")) socket.send(`40${JSON.stringify({ token })}`);
        else if (text.startsWith("40")) {
          clearTimeout(late);
          connected();
        } else if (text.startsWith("44")) refused(new Error(text));
        else visitor.#heard(text);
      };
    });
    return visitor;
  }

  /** Begins a conversation; answers its id. */
  async start(): Promise<string> {
    const answer = await this.#ask("chat:start", { client_id: randomUUID(), subject: "Order 1" });
    return String(answer.session_id);
  }

  /** Goes into a conversation of theirs again, after a new connection. */
  async join(session: string): Promise<void> {
    await this.#ask("chat:join", { session_id: session });
  }

  /** Answers when the daemon had accepted it. */
  async say(session: string, content: string): Promise<{ sent: number; accepted: number }> {
    const sent = now();
    await this.#ask("chat:send_message", { session_id: session, client_id: randomUUID(), type: "text", content });
    return { sent, accepted: now() };
  }

  /** Answers when it was sent. */
  async type(session: string, typing: boolean): Promise<number> {
    const sent = now();
    await this.#ask("chat:typing", { session_id: session, typing });
    return sent;
  }

  leave(): void {
    this.#socket.close();
  }

  #ask(name: string, payload: object): Promise<Record<string, unknown>> {
    const id = this.#next++;
    return new Promise((answered, refused) => {
      const late = setTimeout(() => refused(new Error(`${name} was not answered`)), PATIENCE_MS);
      this.#waiting.set(id, (answer) => {
        clearTimeout(late);
        if (answer.ok === false) refused(new Error(`${name}: ${JSON.stringify(answer)}`));
        else answered(answer);
      });
      this.#socket.send(`42${id}${JSON.stringify([name, payload])}`);
    });
  }

  #heard(text: string): void {
    if (text === "2") this.#socket.send("3");
    const ack = /^43(\d+)(.*)$/s.exec(text);
    if (!ack) return;
    const id = Number(ack[1]);
    const [answer] = JSON.parse(ack[2] ?? "[]") as Record<string, unknown>[];
    this.#waiting.get(id)?.(answer ?? {});
    this.#waiting.delete(id);
  }
}
