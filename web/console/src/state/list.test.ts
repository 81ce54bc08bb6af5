import { beforeEach, expect, test, vi } from "vitest";
import type { Conversation } from "$lib/api/types";

const get = vi.hoisted(() => vi.fn());
vi.mock("$lib/api/client", () => ({ api: { GET: get }, ok: async (answer: Promise<unknown>) => answer }));

const { Conversations } = await import("./conversations.svelte");
const { List } = await import("./list.svelte");

const one = (id: string, updated_at: number, state = "active") =>
  ({ id, updated_at, state, priority: "medium", tags: [], required_skills: [], contact: { id } }) as unknown as Conversation;
const page = (items: Conversation[], next_cursor: string | null = null) => ({ items, next_cursor });

function open(kept?: number) {
  const all = new Conversations(kept);
  const list = new List(all, () => ({ id: "me", teams: [], supervises: false }));
  const tell = (conversation: Conversation) => {
    all.told(conversation);
    list.place(conversation);
  };
  return { all, list, tell };
}

beforeEach(() => void get.mockReset());

test("news are put in their place, moved, and taken out", async () => {
  const { list, tell } = open();
  get.mockResolvedValueOnce(page([one("c", 30), one("b", 20), one("a", 10)]));
  await list.show("all");
  tell(one("n", 25));
  expect(list.ids).toEqual(["c", "n", "b", "a"]);
  tell(one("a", 40));
  expect(list.ids).toEqual(["a", "c", "n", "b"]);
  tell(one("c", 50, "closed"));
  expect(list.ids).toEqual(["a", "n", "b"]);
});

test("behind the last loaded row comes with its page, which does not repeat it", async () => {
  const { list, tell } = open();
  get.mockResolvedValueOnce(page([one("c", 30), one("b", 20)], "next"));
  await list.show("all");
  tell(one("a", 10));
  expect(list.ids).toEqual(["c", "b"]);
  get.mockResolvedValueOnce(page([one("b", 20), one("a", 10)]));
  await list.loadMore();
  expect(list.ids).toEqual(["c", "b", "a"]);
  expect(list.more).toBe(false);
});

test("what happens while a page is on its way wins over the page", async () => {
  const { list, tell } = open();
  get.mockImplementationOnce(async () => {
    tell(one("a", 40));
    tell(one("b", 50, "closed"));
    return page([one("b", 20), one("a", 10)]);
  });
  await list.show("all");
  expect(list.ids).toEqual(["a"]);
});

test("rows keep their place when their conversations are no longer kept", async () => {
  const { all, list, tell } = open(2);
  get.mockResolvedValueOnce(page([one("e", 50), one("d", 40), one("c", 30), one("b", 20)]));
  await list.show("all");
  expect(all.get("e")).toBeUndefined();
  tell(one("n", 45));
  expect(list.ids).toEqual(["e", "n", "d", "c", "b"]);
});

test("a page that cannot be read leaves the list as it was, and can be asked for again", async () => {
  const { list } = open();
  get.mockResolvedValueOnce(page([one("b", 20)], "next"));
  await list.show("all");
  get.mockRejectedValueOnce(new Error("no answer"));
  await list.refresh();
  expect([list.ids, list.more, list.loading]).toEqual([["b"], true, false]);
  expect(list.error).toBeInstanceOf(Error);
  get.mockResolvedValueOnce(page([one("a", 10)]));
  await list.loadMore();
  expect([list.ids, list.error]).toEqual([["b", "a"], null]);
});
