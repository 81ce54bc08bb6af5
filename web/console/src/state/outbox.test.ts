import { beforeEach, expect, test, vi } from "vitest";
import type { Message } from "$lib/api/types";
import { Outbox, type Pending } from "./outbox.svelte";

const post = vi.hoisted(() => vi.fn());
vi.mock("$lib/api/client", () => ({
  api: { POST: post },
  ok: async (answer: Promise<unknown>) => answer,
  Refused: class extends Error {},
}));

let storage: Storage;
const stored = { id: "m", number: 9 } as Message;

let now: number;
let overtaken: (pending: Pending) => Promise<string | null>;
const open = (operator = "ann") => new Outbox(storage, operator, () => undefined, String, (pending) => overtaken(pending), () => now);

function memory(): Storage {
  const entries = new Map<string, string>();
  return {
    get length() {
      return entries.size;
    },
    key: (index) => [...entries.keys()][index] ?? null,
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  };
}

beforeEach(() => {
  now = 1_000_000;
  storage = memory();
  post.mockReset();
  overtaken = async () => "Ann answered";
});

test("a fresh answer goes without asking", async () => {
  post.mockResolvedValue(stored);
  const outbox = open();
  outbox.send("c", { text: "Hello" }, 3);
  await vi.waitFor(() => expect(outbox.pending).toEqual([]));
  expect(post).toHaveBeenCalledTimes(1);
});

test("a stale one waits for a word when a colleague was faster, and goes when told", async () => {
  post.mockRejectedValueOnce(new Error("no answer"));
  const outbox = open();
  outbox.send("c", { text: "Hello" }, 3);
  await vi.waitFor(() => expect(post).toHaveBeenCalledTimes(1));
  now += 60_000;
  await vi.waitFor(async () => {
    await outbox.flush();
    expect(outbox.pending[0]?.refused).toBe("Ann answered");
  });
  expect(post).toHaveBeenCalledTimes(1);

  post.mockResolvedValue(stored);
  outbox.again(outbox.pending[0]?.reply.client_id ?? "");
  await vi.waitFor(() => expect(outbox.pending).toEqual([]));
  expect(post).toHaveBeenCalledTimes(2);
});

test("a stale one goes when nobody answered, and stays while that cannot be known", async () => {
  post.mockRejectedValueOnce(new Error("no answer"));
  const outbox = open();
  outbox.send("c", { text: "Hello" }, 3);
  await vi.waitFor(() => expect(post).toHaveBeenCalledTimes(1));
  now += 60_000;
  overtaken = () => Promise.reject(new Error("no answer"));
  await outbox.flush();
  expect(outbox.pending).toHaveLength(1);
  expect(outbox.pending[0]?.refused).toBeUndefined();
  overtaken = async () => null;
  post.mockResolvedValue(stored);
  await vi.waitFor(async () => {
    await outbox.flush();
    expect(outbox.pending).toEqual([]);
  });
});

test("what one operator left is sent by nobody else, and goes when its writer is back", async () => {
  post.mockRejectedValueOnce(new Error("no answer"));
  const left = open();
  left.send("c", { text: "Hello" });
  await vi.waitFor(() => expect(post).toHaveBeenCalledTimes(1));
  left.stop();
  await left.flush();
  const other = open("bob");
  await other.flush();
  expect(other.pending).toEqual([]);
  expect(post).toHaveBeenCalledTimes(1);

  post.mockResolvedValue(stored);
  const back = open();
  await back.flush();
  expect(post).toHaveBeenCalledTimes(2);
  expect([back.pending, storage.length]).toEqual([[], 0]);
});
