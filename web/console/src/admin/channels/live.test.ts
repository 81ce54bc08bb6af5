import { describe, expect, test } from "vitest";
import type { Inbox, Message } from "$lib/api/types";
import { latency, pick, steps } from "./live";

const message = (number: number, sender_type: string, at: number, more: object = {}) => ({ number, sender_type, at, kind: "text", status: "received", ...more }) as unknown as Message;
const inbox = (state: string) => ({ health: { state, since: 0 } }) as unknown as Inbox;

describe("the live test", () => {
  test("takes the first message since it began, and the latest answer to it", () => {
    const messages = [message(1, "customer", 1_000_000), message(2, "customer", 50_000_000), message(3, "operator", 51_000_000), message(4, "operator", 52_000_000, { kind: "note" })];
    expect(pick(messages, 50_000_000)).toEqual({ inbound: messages[1], answer: messages[2] });
    expect(pick(messages, 90_000_000)).toEqual({ inbound: null, answer: null });
  });

  test("says step by step what has happened", () => {
    const inbound = message(1, "customer", 1);
    expect(steps({ inbox: inbox("connecting"), inbound: null, answer: null })).toEqual({ connected: "waiting", inbound: "waiting", answer: "open", delivered: "open" });
    expect(steps({ inbox: inbox("misconfigured"), inbound: null, answer: null }).connected).toBe("failed");
    const with_ = (status: string) => steps({ inbox: inbox("connected"), inbound, answer: message(2, "operator", 2, { status }) });
    expect(with_("queued")).toMatchObject({ answer: "waiting", delivered: "waiting" });
    expect(with_("sent")).toMatchObject({ answer: "done", delivered: "waiting" });
    expect(with_("read")).toMatchObject({ answer: "done", delivered: "done" });
    expect(with_("failed")).toMatchObject({ answer: "failed" });
  });

  test("a message is never told to have come before it was sent", () => {
    expect(latency(message(1, "customer", 2_500_000, { sent_at: 1_000_000 }))).toBe(1.5);
    expect(latency(message(1, "customer", 1_000_000, { sent_at: 2_000_000 }))).toBe(0);
    expect(latency(message(1, "customer", 1_000_000))).toBeNull();
  });
});
