import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Refused, Unreachable } from "./api";
import { Realtime } from "./realtime";
import type { Handlers } from "./socket";

class Fake {
  static last: Fake;
  sent: string[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly url: string) {
    Fake.last = this;
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.onclose?.();
  }
  letIn() {
    for (const data of ['0{"pingInterval":25000,"pingTimeout":20000}', '40{"sid":"s"}']) this.onmessage?.({ data });
  }
}

const nothing = () => undefined;
const handlers: Handlers = { connect: nothing, disconnect: nothing, refused: nothing, event: nothing };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Fake);
  vi.stubGlobal("location", { origin: "https://chat.example.com" });
  vi.stubGlobal("addEventListener", nothing);
  vi.stubGlobal("document", { addEventListener: nothing });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function connected() {
  const realtime = new Realtime(() => ({}), handlers);
  realtime.connect();
  Fake.last.letIn();
  return realtime;
}

it("asks over a WebSocket of its own server, and hears yes or no", async () => {
  const realtime = connected();
  expect(Fake.last.url).toBe("wss://chat.example.com/socket.io/?EIO=4&transport=websocket");
  const yes = realtime.ask("a", {});
  const no = realtime.ask("b", {});
  Fake.last.onmessage?.({ data: '430[{"ok":true,"seq":4}]' });
  Fake.last.onmessage?.({ data: '431[{"ok":false,"problem":{"status":403,"title":"no","detail":"not yours"}}]' });
  expect(await yes).toMatchObject({ seq: 4 });
  await expect(no).rejects.toThrow("not yours");
  await expect(no).rejects.toBeInstanceOf(Refused);
});

it("waits for no answer that cannot come any more", async () => {
  const realtime = connected();
  const late = realtime.ask("a", {});
  const caught = expect(late).rejects.toBeInstanceOf(Unreachable);
  await vi.advanceTimersByTimeAsync(8_000);
  await caught;
  const cut = realtime.ask("b", {});
  Fake.last.close();
  await expect(cut).rejects.toBeInstanceOf(Unreachable);
  await expect(realtime.ask("c", {})).rejects.toBeInstanceOf(Unreachable);
});
