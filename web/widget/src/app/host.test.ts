import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Down } from "../protocol";
import { hostOf } from "./host";

let say: (source: unknown, origin: string, data: unknown) => void;
const sent: unknown[][] = [];
const page = { postMessage: (...values: unknown[]) => sent.push(values) } as unknown as Window;
const hello = { do: "hello", attributes: {}, prefill: {}, page: { url: "", title: "", referrer: "" }, open: false };

beforeEach(() => {
  sent.length = 0;
  vi.stubGlobal("addEventListener", (_name: string, hear: (event: unknown) => void) => {
    say = (source, origin, data) => hear({ source, origin, data });
  });
});
afterEach(() => void vi.unstubAllGlobals());

it("hears the page around it alone, and speaks to its origin alone", async () => {
  const host = hostOf(page);
  const heard: Down[] = [];
  host.listen((down) => heard.push(down));
  host.tell({ say: "asleep" });
  expect(sent, "nobody to speak to yet").toEqual([]);
  say({}, "https://evil.example", { trunkline: { ...hello, theme: "evil" } });
  say(page, "https://shop.example", { trunkline: { ...hello, theme: "dark" } });
  say(page, "https://evil.example", { trunkline: { do: "reset" } });
  say({}, "https://shop.example", { trunkline: { do: "reset" } });
  for (const data of [null, "reset", { other: { do: "reset" } }, { trunkline: "reset" }]) say(page, "https://shop.example", data);
  say(page, "https://shop.example", { trunkline: { do: "close" } });
  expect((await host.hello).theme).toBe("dark");
  expect(heard).toEqual([{ do: "close" }]);
  host.tell({ say: "close" });
  expect(sent).toEqual([[{ trunkline: { say: "close" } }, "https://shop.example"]]);
});

it("wakes when the chat is opened, and keeps what was said before somebody listened", async () => {
  const host = hostOf(page);
  let awake = false;
  void host.opened.then(() => (awake = true));
  say(page, "https://shop.example", { trunkline: hello });
  say(page, "https://shop.example", { trunkline: { do: "track", name: "cart" } });
  await Promise.resolve();
  expect(awake).toBe(false);
  say(page, "https://shop.example", { trunkline: { do: "open" } });
  await host.opened;
  expect(awake).toBe(true);
  const heard: Down[] = [];
  host.listen((down) => heard.push(down));
  expect(heard.map((down) => down.do)).toEqual(["track", "open"]);
});
