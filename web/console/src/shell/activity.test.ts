import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startActivity } from "./activity";

const page = new EventTarget();
let clock = 0;
let told = 0;
const desk = {
  acts: true,
  me: { availability: "online" },
  realtime: { connection: "online", hint: (name: string) => void (told += name === "agent:activity_ping" ? 1 : 0) },
};
let stop = () => undefined as void;

beforeEach(() => {
  [clock, told] = [0, 0];
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  stop = startActivity(desk as never, () => clock);
});
afterEach(() => stop());

const move = (ms: number) => {
  clock += ms;
  page.dispatchEvent(new Event("pointermove"));
  return told;
};

test("a sign of life is told, but not each one", () => {
  expect([move(0), move(5_000), move(5_000), move(5_000)]).toEqual([1, 1, 1, 2]);
});

test("what could not be told is told as soon as it can be", () => {
  desk.realtime.connection = "offline";
  expect(move(0)).toBe(0);
  desk.realtime.connection = "online";
  expect(move(1)).toBe(1);
});

test("whoever is away stays away, and a page that nobody sees says nothing", () => {
  desk.me.availability = "away";
  expect(move(0)).toBe(0);
  desk.me.availability = "online";
  vi.stubGlobal("document", { hidden: true });
  expect(move(0)).toBe(0);
});
