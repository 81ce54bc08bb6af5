import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refused, Unreachable } from "../net/api";
import { Outbox, type Draft } from "./outbox";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function made(send: (draft: Draft) => Promise<void>, kept: Draft[] = [], online = () => true) {
  const state = { drafts: kept };
  const outbox = new Outbox(kept, send, online, (drafts) => (state.drafts = drafts));
  return { outbox, state };
}
const refusal = (status: number) => new Refused({ status, title: "no" });
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("the outbox", () => {
  it("sends one after the other, in the order of writing", async () => {
    const sent: string[] = [];
    let free: () => void = () => undefined;
    const { outbox, state } = made(async (draft) => {
      await new Promise<void>((done) => (free = done));
      sent.push(draft.text);
    });
    outbox.add("one", [], null);
    outbox.add("two", [], null);
    await settle();
    expect([sent, state.drafts.length]).toEqual([[], 2]);
    free();
    await settle();
    expect([sent, state.drafts.map((draft) => draft.text)]).toEqual([["one"], ["two"]]);
    free();
    await settle();
    expect([sent, state.drafts]).toEqual([["one", "two"], []]);
  });

  it("keeps with a press what was pressed", async () => {
    const pressed = { reply_to: "m1", choice: "am" };
    const { outbox, state } = made(async () => Promise.reject(new Unreachable()));
    outbox.add("In the morning", [], "c", pressed);
    await settle();
    const sent: Draft[] = [];
    await made(async (draft) => void sent.push(draft), structuredClone(state.drafts)).outbox.flush();
    expect(sent.map((draft) => [draft.text, draft.pressed])).toEqual([["In the morning", pressed]]);
  });

  it("sends again under the same id when no answer came, and what was kept over a reload", async () => {
    const ids: string[] = [];
    let reachable = false;
    const { outbox, state } = made(async (draft) => {
      ids.push(draft.client_id);
      if (!reachable) throw new Unreachable();
    });
    outbox.add("hello", [], "c");
    await settle();
    expect(state.drafts).toHaveLength(1);
    const again = made(async (draft) => void ids.push(draft.client_id), structuredClone(state.drafts));
    await again.outbox.flush();
    reachable = true;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(new Set(ids).size).toBe(1);
    expect(ids).toHaveLength(3);
    expect([state.drafts, again.state.drafts]).toEqual([[], []]);
  });

  it("waits while nobody is there", async () => {
    let online = false;
    const send = vi.fn(async () => undefined);
    const { outbox, state } = made(send, [], () => online);
    outbox.add("hello", [], null);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([send.mock.calls.length, state.drafts.length]).toEqual([0, 1]);
    online = true;
    await outbox.flush();
    expect([send.mock.calls.length, state.drafts.length]).toEqual([1, 0]);
  });

  it("asks the writer where the daemon refuses for good, and lets nothing overtake it", async () => {
    let refuses = true;
    const sent: string[] = [];
    const { outbox, state } = made(async (draft) => {
      if (refuses && draft.text === "bad") throw refusal(422);
      sent.push(draft.text);
    });
    outbox.add("bad", [], null);
    outbox.add("after", [], null);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([sent, state.drafts[0]?.failed, state.drafts.length]).toEqual([[], "no", 2]);
    refuses = false;
    outbox.retry(state.drafts[0]?.client_id ?? "");
    await settle();
    expect([sent, state.drafts]).toEqual([["bad", "after"], []]);
  });

  it("goes on with the next when the writer throws the refused one away", async () => {
    const sent: string[] = [];
    const { outbox, state } = made(async (draft) => {
      if (draft.text === "bad") throw refusal(404);
      sent.push(draft.text);
    });
    outbox.add("bad", [], null);
    outbox.add("after", [], null);
    await settle();
    outbox.remove(state.drafts[0]?.client_id ?? "");
    await outbox.flush();
    expect([sent, state.drafts]).toEqual([["after"], []]);
  });

  it("tries later by itself when the daemon is busy", async () => {
    let busy = 2;
    const { outbox, state } = made(async () => {
      if (busy-- > 0) throw refusal(busy > 0 ? 429 : 503);
    });
    outbox.add("hello", [], null);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(state.drafts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(state.drafts).toEqual([]);
  });

  it("has an end, and tells where its words belong", () => {
    const { outbox, state } = made(async () => undefined, [], () => false);
    for (let n = 0; n < 100; n++) expect(outbox.add("x", [], n === 0 ? "old" : null)).toBe(true);
    expect(outbox.add("one too many", [], null)).toBe(false);
    outbox.belongTo("new");
    expect(state.drafts.slice(0, 2).map((draft) => draft.session_id)).toEqual(["old", "new"]);
    outbox.clear();
    expect(state.drafts).toEqual([]);
  });
});
