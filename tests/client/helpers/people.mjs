// A customer and an operator as their browsers would be: HTTP first, then a socket that keeps what it is told.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { io } from "socket.io-client";

const ANSWER_MS = 8_000;
const EVENT_MS = 8_000;

const ADMIN = { email: "ann@example.com", name: "Ann", password: "a long enough passphrase" };

/** What operators see beside what people say; visitors do not. */
const OF_THE_SYSTEM = ["system", "action"];

/** Calls the HTTP API; returns status, body and the session cookie if one was set. */
export async function request(daemon, path, { body, cookie, method } = {}) {
  const response = await fetch(`${daemon.url}/api/v1${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      Origin: daemon.url,
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...(cookie && { Cookie: cookie }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text === "" ? undefined : JSON.parse(text),
    cookie: response.headers.getSetCookie()[0]?.split(";")[0],
  };
}

/** Makes the first administrator by the set-up link; returns their session cookie. */
export async function setUpOperator(daemon) {
  const made = await request(daemon, "/setup", { body: { token: daemon.setupToken, ...ADMIN } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.ok(made.cookie, "set-up signs the administrator in");
  return made.cookie;
}

/** Another operator, made by the administrator; returns their session cookie. */
export async function newOperator(daemon, cookie, name) {
  const account = { email: `operator-${name}@example.com`, name: `Operator ${name}`, password: ADMIN.password };
  const made = await request(daemon, "/operators", { body: { ...account, role: "operator" }, cookie });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const signedIn = await request(daemon, "/sessions", { body: { email: account.email, password: account.password } });
  assert.equal(signedIn.status, 201, JSON.stringify(signedIn.body));
  return signedIn.cookie;
}

/** A token of a new visitor of the only chat page. */
export async function newVisitor(daemon) {
  const { body: widget } = await request(daemon, "/widget/default");
  const visitor = await request(daemon, `/widget/${widget.inbox_id}/visitors`, { body: {} });
  assert.ok([200, 201].includes(visitor.status), JSON.stringify(visitor.body));
  assert.equal(visitor.body.session, null);
  return visitor.body.token;
}

export class Person {
  #events = [];
  #waiting = new Set();
  #messages = new Map();
  #seq = 0;
  #known = 0;
  #sessionId = null;

  /** `transport` is the only one used. Reconnecting is left to the test unless `reconnection`. */
  constructor(daemon, { token, cookie, transport, reconnection = false, origin = daemon.url, after }) {
    this.socket = io(daemon.url, {
      transports: [transport],
      upgrade: false,
      forceNew: true,
      autoConnect: false,
      reconnection,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      ...((token || after !== undefined) && { auth: { ...(token && { token }), ...(after !== undefined && { after }) } }),
      ...(cookie && { extraHeaders: { Cookie: cookie, Origin: origin } }),
    });
    this.socket.onAny((name, event) => this.#record(name, event));
    // What is pushed after a connect may come before the answer to a join: what was known is what was known before it.
    this.socket.on("connect", () => (this.#known = this.#seq));
  }

  /** What the conversation looks like to them: its texts in their order, one entry a message, however often it came. */
  get texts() {
    const said = [...this.#messages.values()].filter((message) => !OF_THE_SYSTEM.includes(message.kind));
    return said.sort((a, b) => a.number - b.number).map((message) => message.text);
  }

  get lastSeq() {
    return this.#seq;
  }

  async connect() {
    await new Promise((resolve, reject) => {
      this.socket.once("connect", resolve);
      this.socket.once("connect_error", reject);
      this.socket.connect();
    });
  }

  /** Cuts the connection below the protocol, as a lost network does, and returns once that was noticed. */
  async loseConnection() {
    const noticed = new Promise((resolve) => this.socket.once("disconnect", resolve));
    this.socket.io.engine.close();
    await noticed;
  }

  /** The raw answer to an event, whatever it is. */
  answer(name, payload) {
    return this.socket.timeout(ANSWER_MS).emitWithAck(name, payload);
  }

  /** The answer to an event that must be accepted. */
  async ask(name, payload) {
    const answer = await this.answer(name, payload);
    assert.equal(answer.ok, true, `${name}: ${JSON.stringify(answer)}`);
    return answer;
  }

  async start(subject) {
    const { session_id: sessionId } = await this.ask("chat:start", { client_id: randomUUID(), subject });
    return sessionId;
  }

  /** Enters a conversation, from where this person's knowledge ends when they know it already. */
  async join(sessionId) {
    const after = this.#sessionId === sessionId ? this.#known : undefined;
    this.#sessionId = sessionId;
    const joined = await this.ask("chat:join", { session_id: sessionId, ...(after !== undefined && { after }) });
    for (const message of joined.messages) this.#messages.set(message.id, message);
    this.#seq = Math.max(this.#seq, joined.seq);
    this.#known = this.#seq;
    return joined;
  }

  async say(text, clientId = randomUUID()) {
    const payload = { session_id: this.#sessionId, client_id: clientId, type: "text", content: text };
    const { message } = await this.ask("chat:send_message", payload);
    this.#messages.set(message.id, message);
    return message;
  }

  /** An event that came or is still to come. */
  async event(name, matches = () => true) {
    return this.#until(`the event ${name}`, () => this.#events.find((seen) => seen.name === name && matches(seen.event))?.event);
  }

  /** Waits until the conversation reads exactly so. */
  async reads(texts) {
    const same = () => this.texts.length >= texts.length || undefined;
    await this.#until(`${texts.length} messages`, same);
    assert.deepEqual(this.texts, texts);
  }

  close() {
    this.socket.disconnect();
  }

  #record(name, event) {
    this.#events.push({ name, event });
    if (event?.session_id !== undefined && event.session_id === this.#sessionId && typeof event.seq === "number") {
      this.#seq = Math.max(this.#seq, event.seq);
      if (name === "chat:new_message") this.#messages.set(event.message.id, event.message);
    }
    for (const check of [...this.#waiting]) check();
  }

  #until(what, find) {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(overdue);
        this.#waiting.delete(check);
        resolve(found);
      };
      const overdue = setTimeout(() => {
        this.#waiting.delete(check);
        const names = this.#events.map((seen) => seen.name).join(", ");
        reject(new Error(`${what} did not come in ${EVENT_MS} ms; read: ${JSON.stringify(this.texts)}; events: ${names}`));
      }, EVENT_MS);
      this.#waiting.add(check);
      check();
    });
  }
}
