import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Socket, type Handlers } from "./socket";

/** The other end of each socket that was opened. */
class Fake {
  static all: Fake[] = [];
  sent: string[] = [];
  closed = false;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly url: string) {
    Fake.all.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
    this.onclose?.();
  }
  says(text: string) {
    this.onmessage?.({ data: text });
  }
  letIn() {
    this.says('0{"sid":"s","pingInterval":25000,"pingTimeout":20000}');
    this.says('40{"sid":"s"}');
  }
  static get last(): Fake {
    return Fake.all.at(-1) as Fake;
  }
}

function made() {
  const log: string[] = [];
  let token = "first";
  const handlers: Handlers = {
    connect: () => log.push("connect"),
    disconnect: () => log.push("disconnect"),
    refused: (code) => log.push(`refused ${code}`),
    event: (name, body) => log.push(`${name} ${JSON.stringify(body)}`),
    unopened: (tries) => log.push(`unopened ${tries}`),
  };
  const socket = new Socket("ws://localhost/socket.io/", () => ({ token }), handlers);
  return { socket, log, become: (name: string) => (token = name) };
}

beforeEach(() => {
  Fake.all = [];
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Fake);
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("the socket", () => {
  it("greets, answers pings, and hands events on", () => {
    const { socket, log } = made();
    socket.connect();
    expect(Fake.last.sent).toEqual([]);
    Fake.last.letIn();
    Fake.last.says("2");
    Fake.last.says('42["chat:ended",{"session_id":"c"}]');
    expect(Fake.last.sent).toEqual(['40{"token":"first"}', "3"]);
    expect(log).toEqual(["connect", 'chat:ended {"session_id":"c"}']);
    expect(socket.connected).toBe(true);
  });

  it("gives each answer to whoever asked, once", () => {
    const { socket } = made();
    socket.connect();
    Fake.last.letIn();
    const answers: unknown[] = [];
    socket.emit("a", {}, (answer) => answers.push(["a", answer]));
    socket.emit("b", {}, (answer) => answers.push(["b", answer]));
    Fake.last.says('431[{"ok":true}]');
    Fake.last.says('430[{"ok":false}]');
    Fake.last.says('430[{"ok":"again"}]');
    Fake.last.says('4377[{"ok":"nobody"}]');
    expect(answers).toEqual([
      ["b", { ok: true }],
      ["a", { ok: false }],
    ]);
  });

  it("drops what is said while nobody is there", () => {
    const { socket } = made();
    socket.emit("chat:typing", {});
    socket.connect();
    socket.emit("chat:typing", {});
    Fake.last.letIn();
    expect(Fake.last.sent).toHaveLength(1);
  });

  it("comes back after waits that double up to half a minute, and begins anew after success", () => {
    const { socket } = made();
    socket.connect();
    Fake.last.letIn();
    for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const before = Fake.all.length;
      Fake.last.close();
      vi.advanceTimersByTime(wait - 1);
      expect(Fake.all.length, `before ${wait}`).toBe(before);
      vi.advanceTimersByTime(1);
      expect(Fake.all.length, `after ${wait}`).toBe(before + 1);
    }
    Fake.last.letIn();
    Fake.last.close();
    const before = Fake.all.length;
    vi.advanceTimersByTime(500);
    expect(Fake.all.length).toBe(before + 1);
  });

  it("spreads the waits over their whole length", () => {
    vi.spyOn(Math, "random").mockReturnValue(0.25);
    const { socket } = made();
    socket.connect();
    Fake.last.close();
    vi.advanceTimersByTime(125);
    expect(Fake.all).toHaveLength(2);
  });

  it("leaves a line that has gone silent", () => {
    const { socket, log } = made();
    socket.connect();
    Fake.last.letIn();
    const dead = Fake.last;
    vi.advanceTimersByTime(44_000);
    dead.says("2");
    vi.advanceTimersByTime(44_999);
    expect(dead.closed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(dead.closed).toBe(true);
    expect(log).toEqual(["connect", "disconnect"]);
    vi.advanceTimersByTime(500);
    Fake.last.letIn();
    dead.says('42["late",{}]');
    expect(log).toEqual(["connect", "disconnect", "connect"]);
  });

  it("gives up a handshake that never comes", () => {
    const { socket, log } = made();
    socket.connect();
    vi.advanceTimersByTime(10_000);
    expect(log).toEqual(["disconnect", "unopened 1"]);
    vi.advanceTimersByTime(500 + 10_000);
    expect(log).toEqual(["disconnect", "unopened 1", "disconnect", "unopened 2"]);
  });

  it("says no more that the way is blocked once it was open", () => {
    const { socket, log } = made();
    socket.connect();
    Fake.last.letIn();
    Fake.last.close();
    vi.advanceTimersByTime(500);
    Fake.last.close();
    expect(log).toEqual(["connect", "disconnect", "disconnect"]);
  });

  it("comes back with a new token when it was refused", () => {
    const { socket, log, become } = made();
    socket.connect();
    Fake.last.says('0{"sid":"s","pingInterval":25000,"pingTimeout":20000}');
    Fake.last.says('44{"message":"unauthorized"}');
    expect(log).toEqual(["refused unauthorized", "disconnect"]);
    become("second");
    vi.advanceTimersByTime(500);
    Fake.last.letIn();
    expect(Fake.last.sent).toEqual(['40{"token":"second"}']);
  });

  it("tries at once when asked, and never twice at a time", () => {
    const { socket } = made();
    socket.connect();
    Fake.last.close();
    socket.now();
    expect(Fake.all).toHaveLength(2);
    socket.now();
    socket.connect();
    vi.advanceTimersByTime(5_000);
    expect(Fake.all).toHaveLength(2);
  });

  it("stays away once closed, and forgets who asked", () => {
    const { socket, log } = made();
    socket.connect();
    Fake.last.letIn();
    const answers: unknown[] = [];
    socket.emit("a", {}, (answer) => answers.push(answer));
    socket.close();
    vi.advanceTimersByTime(120_000);
    expect(Fake.all).toHaveLength(1);
    expect(log).toEqual(["connect"]);
    socket.connect();
    Fake.last.letIn();
    Fake.last.says('430[{"ok":true}]');
    expect(answers).toEqual([]);
  });
});
