import { beforeEach, expect, test, vi } from "vitest";
import type { Message } from "$lib/api/types";

const get = vi.hoisted(() => vi.fn());
vi.mock("$lib/api/client", () => ({ api: { GET: get }, ok: async (answer: Promise<unknown>) => answer }));

const { Thread } = await import("./thread.svelte");

const message = (number: number, text = `t${number}`) => ({ id: `m${number}`, number, text, status: "queued" }) as unknown as Message;
/** As the daemon gives them: the newest first. */
const page = (from: number, to: number, next_cursor: string | null = null) =>
  ({ items: Array.from({ length: to - from + 1 }, (_, i) => message(to - i)), next_cursor });
const numbers = (thread: InstanceType<typeof Thread>) => thread.messages.map((one) => one.number);

/** An answer that comes when it is told to. */
function later() {
  let give: (value: unknown) => void = () => undefined;
  get.mockReturnValueOnce(new Promise((resolve) => (give = resolve)));
  return (value: unknown) => give(value);
}

async function open(from: number, to: number, next: string | null = null) {
  const thread = new Thread("c");
  get.mockResolvedValueOnce(page(from, to, next));
  await thread.loadNewest();
  return thread;
}

beforeEach(() => void get.mockReset());

test("what happens while the newest page is on its way holds after it", async () => {
  const thread = new Thread("c");
  const give = later();
  const loading = thread.loadNewest();
  thread.put(message(4));
  thread.patch("m3", { status: "sent" });
  give(page(1, 3));
  await loading;
  expect(numbers(thread)).toEqual([1, 2, 3, 4]);
  expect(thread.messages[2]?.status).toBe("sent");
});

test("an own answer that overtakes the news before it leaves no hole", async () => {
  const thread = await open(1, 3);
  get.mockResolvedValueOnce(page(1, 5));
  thread.add(message(5));
  await vi.waitFor(() => expect(numbers(thread)).toEqual([1, 2, 3, 4, 5]));
  thread.put(message(4, "edited"));
  expect(thread.messages[3]?.text).toBe("edited");
  expect(get).toHaveBeenCalledTimes(2);
});

test("an older page that comes after the window was read anew is thrown away", async () => {
  const thread = await open(51, 60, "next");
  const give = later();
  const older = thread.loadOlder();
  get.mockResolvedValueOnce(page(191, 200, "next"));
  await thread.loadNewest();
  give(page(1, 50));
  await older;
  expect([numbers(thread)[0], thread.messages.length, thread.loading]).toEqual([191, 10, false]);
});

test("somebody who looks far back is not thrown forward by news", async () => {
  const thread = await open(191, 200, "next");
  get.mockResolvedValueOnce(page(40, 49, "next")).mockResolvedValueOnce({ items: [message(50), message(51)], next_cursor: "next" });
  await thread.loadAround(50);
  thread.put(message(201));
  expect([numbers(thread).at(-1), thread.hasNewer, thread.hasOlder]).toEqual([51, true, true]);
  get.mockRejectedValueOnce(new Error("no answer"));
  await thread.loadNewer();
  expect(thread.error).toBeInstanceOf(Error);
  get.mockResolvedValueOnce({ items: [message(52)], next_cursor: null });
  await thread.loadNewer();
  expect([numbers(thread).at(-1), thread.hasNewer, thread.error]).toEqual([52, false, null]);
});
