import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Memory } from "$lib/memory";
import { Drafts, type Draft, type Kept, type Mode } from "./drafts";
import type { Remote } from "./sharedDrafts";

let client: typeof import("$lib/api/client");
let module: typeof import("./sharedDrafts");
beforeAll(async () => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1" });
  [client, module] = await Promise.all([import("$lib/api/client"), import("./sharedDrafts")]);
});

const place = { operator: "ann", conversation: "c1" };
const draft = (text: string): Draft => ({ text, files: [], missing: [], since: 0 });
const all = () => true;

/** A daemon that can be out of reach, and refuse. */
class Far implements Remote {
  has: Record<Mode, Kept | null> = { reply: null, note: null };
  told: string[] = [];
  failure: Error | null = null;
  #clock = 0;

  async all() {
    if (this.failure) throw this.failure;
    return { ...this.has };
  }
  async keep(_: string, mode: Mode, value: Draft) {
    this.told.push(`${mode}: ${value.text}`);
    if (this.failure) throw this.failure;
    this.has[mode] = { value, updated_at: Date.now() * 1_000 + ++this.#clock };
    return this.has[mode].updated_at;
  }
  async drop(_: string, mode: Mode) {
    this.told.push(`${mode}: -`);
    if (this.failure) throw this.failure;
    this.has[mode] = null;
  }
}

let far: Far;
const browser = () => {
  const drafts = new Drafts(new Memory());
  return { drafts, shared: new module.SharedDrafts(drafts, far), text: (mode: Mode = "reply") => drafts.get("ann.c1", mode)?.text ?? null };
};
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  far = new Far();
});
afterEach(() => void vi.useRealTimers());

test("the daemon is told a second after the last key, and of what was sent at once", async () => {
  const { shared } = browser();
  for (const text of ["H", "He", "Hey"]) {
    shared.put(place, "reply", draft(text));
    await pass(600);
  }
  expect(far.told).toEqual([]);
  await pass(500);
  expect(far.told).toEqual(["reply: Hey"]);
  shared.put(place, "reply", draft(""));
  await pass(0);
  expect(far.told).toEqual(["reply: Hey", "reply: -"]);
  await pass(60_000);
  expect(far.told).toHaveLength(2);
});

test("another browser goes on with it, and forgets what was sent", async () => {
  const [desk, phone] = [browser(), browser()];
  desk.shared.put(place, "reply", draft("Dear Ann"));
  await pass(1_000);
  expect(await phone.shared.compare(place, all)).toEqual(["reply"]);
  expect(phone.text()).toBe("Dear Ann");
  expect(await phone.shared.compare(place, all)).toEqual([]);
  phone.shared.put(place, "reply", draft(""));
  await pass(0);
  expect(await desk.shared.compare(place, all)).toEqual(["reply"]);
  expect(desk.text()).toBeNull();
});

test("what is written here stays, and what is busy is left alone", async () => {
  const [desk, phone] = [browser(), browser()];
  desk.shared.put(place, "reply", draft("From the desk"));
  desk.shared.put(place, "note", draft("A note"));
  await pass(1_000);
  phone.shared.put(place, "reply", draft("From the phone"));
  expect(await phone.shared.compare(place, (mode) => mode !== "note")).toEqual([]);
  expect([phone.text(), phone.text("note")]).toEqual(["From the phone", null]);
  await pass(1_000);
  expect(await desk.shared.compare(place, all)).toEqual(["reply"]);
  expect(desk.text()).toBe("From the phone");
});

test("an answer that is older than what was written and told meanwhile overrules nothing", async () => {
  const { shared, text } = browser();
  let answer: (() => void) | undefined;
  const all_ = far.all.bind(far);
  far.all = async () => {
    const then = await all_();
    await new Promise<void>((done) => (answer = done));
    return then;
  };
  const compared = shared.compare(place, all);
  await pass(0);
  shared.put(place, "reply", draft("Written meanwhile"));
  await pass(1_000);
  expect(far.told).toEqual(["reply: Written meanwhile"]);
  answer?.();
  expect(await compared).toEqual([]);
  expect(text()).toBe("Written meanwhile");
});

test("out of reach it is tried again, refused it is not", async () => {
  const { shared, text } = browser();
  far.failure = new client.Unreachable();
  shared.put(place, "reply", draft("Hello"));
  await pass(1_000);
  expect(await shared.compare(place, all)).toEqual([]);
  await pass(0);
  far.failure = new client.Refused({ status: 503 } as never);
  await pass(15_000);
  far.failure = null;
  await pass(15_000);
  expect(far.told).toEqual(Array.from({ length: 4 }, () => "reply: Hello"));
  expect(far.has.reply?.value).toMatchObject({ text: "Hello" });
  far.failure = new client.Refused({ status: 403 } as never);
  shared.put(place, "reply", draft("Hello Ann"));
  await pass(600_000);
  expect(far.told.slice(4)).toEqual(["reply: Hello Ann"]);
  expect(text()).toBe("Hello Ann");
});

test("a change made while the daemon is told of the one before comes after it", async () => {
  const { shared } = browser();
  let free: (() => void) | undefined;
  const keep = far.keep.bind(far);
  far.keep = async (...all) => {
    await new Promise<void>((done) => (free = done));
    return keep(...all);
  };
  shared.put(place, "reply", draft("one"));
  await pass(1_000);
  shared.put(place, "reply", draft("two"));
  await pass(1_000);
  shared.put(place, "reply", draft(""));
  await pass(500);
  free?.();
  await pass(2_000);
  expect(far.told).toEqual(["reply: one", "reply: -"]);
  expect(far.has.reply).toBeNull();
});
