import { describe, expect, it } from "vitest";
import { event, hello, parse } from "./frames";

describe("frames", () => {
  it("reads what servers send", () => {
    expect(parse('0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}')).toMatchObject({
      type: "open",
      pingInterval: 25_000,
      pingTimeout: 20_000,
    });
    expect(parse("2")).toEqual({ type: "ping" });
    expect(parse("1")).toEqual({ type: "close" });
    expect(parse('40{"sid":"b"}')).toEqual({ type: "connected" });
    expect(parse("41")).toEqual({ type: "disconnected" });
    expect(parse('44{"message":"unauthorized"}')).toEqual({ type: "refused", message: "unauthorized" });
    expect(parse('42["chat:seen",{"number":3}]')).toEqual({ type: "event", name: "chat:seen", body: { number: 3 } });
    expect(parse('4312[{"ok":true}]')).toEqual({ type: "ack", id: 12, body: { ok: true } });
    expect(parse('42["lines",{"text":"a\\nb"}]')).toMatchObject({ name: "lines" });
  });

  it("leaves alone what it cannot read", () => {
    for (const text of ["", "6", "42", "42{", '42{"a":1}', "43", "451-[]", "9", "0{", "4", "null"]) {
      expect(parse(text), text).toEqual({ type: "other" });
    }
  });

  it("writes what servers read", () => {
    expect(hello({ token: "t" })).toBe('40{"token":"t"}');
    expect(event("chat:typing", { a: 1 })).toBe('42["chat:typing",{"a":1}]');
    expect(event("chat:join", {}, 0)).toBe('420["chat:join",{}]');
  });
});
