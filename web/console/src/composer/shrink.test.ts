import { expect, it } from "vitest";
import { LARGE_BYTES, LONGEST, mayShrink, moves, renamed, smaller } from "./shrink";

const limits = { maxBytes: 1, maxFiles: 1, sends: ["text", "image"] };

it.each([
  ["image/jpeg", limits, true],
  ["image/png", limits, true],
  ["image/webp", limits, true],
  ["image/gif", limits, false],
  ["image/svg+xml", limits, false],
  ["application/pdf", limits, false],
  ["image/jpeg", { ...limits, sends: ["text", "file"] }, false],
  ["image/jpeg", { ...limits, sends: null }, false],
])("may make %s smaller where the channel sends photos: %j %s", (type, where, expected) => {
  expect(mayShrink({ type }, where)).toBe(expected);
});

it("leaves alone what is small enough, to the last pixel and byte", () => {
  expect(smaller({ width: LONGEST, height: LONGEST, bytes: LARGE_BYTES })).toBeNull();
  expect(smaller({ width: 10, height: 20, bytes: 100 })).toBeNull();
});

it("fits the longer side and keeps the shape", () => {
  expect(smaller({ width: 5_120, height: 1_280, bytes: 100 })).toEqual({ width: 2_560, height: 640 });
  expect(smaller({ width: 3_000, height: 4_000, bytes: 100 })).toEqual({ width: 1_920, height: 2_560 });
  expect(smaller({ width: 30_000, height: 2, bytes: 100 }), "never nothing").toEqual({ width: 2_560, height: 1 });
});

it("packs anew what is heavy, with as many pixels as it had", () => {
  expect(smaller({ width: 2_000, height: 1_000, bytes: LARGE_BYTES + 1 })).toEqual({ width: 2_000, height: 1_000 });
});

it("knows what moves", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(moves(bytes("\u0089PNG....IHDR....acTL"))).toBe(true);
  expect(moves(bytes("RIFF....WEBPVP8X....ANIM"))).toBe(true);
  expect(moves(bytes("\u0089PNG....IHDR....IDAT"))).toBe(false);
});

it("names it after what it has become", () => {
  expect(renamed("tea.png", "image/jpeg")).toBe("tea.jpg");
  expect(renamed("tea.2026.webp", "image/png")).toBe("tea.2026.png");
  expect(renamed("tea", "image/jpeg")).toBe("tea.jpg");
});
