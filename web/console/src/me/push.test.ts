import { beforeAll, describe, expect, test, vi } from "vitest";

let push: typeof import("./push");

beforeAll(async () => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1" });
  push = await import("./push");
});

describe("what stands in the way of push", () => {
  const fine = { secure: true, push: true, ios: false, installed: false, permission: "default" as const };

  test("is said in the order in which it can be removed", () => {
    expect(push.hindrance(fine)).toBeNull();
    expect(push.hindrance({ ...fine, secure: false, push: false, permission: null })).toBe("insecure");
    expect(push.hindrance({ ...fine, ios: true, push: false, permission: null })).toBe("ios");
    expect(push.hindrance({ ...fine, ios: true, installed: true })).toBeNull();
    expect(push.hindrance({ ...fine, push: false })).toBe("unsupported");
    expect(push.hindrance({ ...fine, permission: "denied" })).toBe("denied");
  });

  test("a subscription is called by its service", () => {
    expect(push.service("https://fcm.example.com/send/abc")).toBe("fcm.example.com");
    expect(push.service("?")).toBe("?");
  });
});
