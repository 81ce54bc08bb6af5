import { describe, expect, it } from "vitest";
import css from "../styles/base.css?raw";
import { accentFor, contrastOf, isColor, onColor } from "./theme";

const token = (name: string): [string, string] => {
  const found = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css);
  if (!found) throw new Error(`no token ${name}`);
  return [found[1] as string, found[2] as string];
};

describe("contrast", () => {
  it("is that of WCAG", () => {
    expect(contrastOf("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrastOf("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
    expect(contrastOf("#123456", "#123456")).toBe(1);
  });

  it.each(["#17705a", "#ffcc00", "#ffffff", "#000000", "#808080", "#777777", "#ff0000", "#00ff00", "#0000ff", "#7f7f00", "#757575"])(
    "is enough with the accent %s",
    (accent) => {
      expect(contrastOf(onColor(accent), accent)).toBeGreaterThanOrEqual(4.5);
      expect(contrastOf(accentFor(accent, "light").text, "#ffffff")).toBeGreaterThanOrEqual(4.5);
      expect(contrastOf(accentFor(accent, "dark").text, "#1a2021")).toBeGreaterThanOrEqual(4.5);
    },
  );

  it("leaves readable colours alone", () => {
    expect(accentFor("#17705a", "light").text).toBe("#17705a");
  });

  it("is enough between our own colours", () => {
    for (const theme of [0, 1] as const) {
      const of = (name: string) => token(name)[theme];
      for (const surface of ["surface", "raised"]) {
        for (const text of ["text", "quiet", "bad"]) expect(contrastOf(of(text), of(surface)), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
      }
      expect(contrastOf(of("on-accent"), of("accent"))).toBeGreaterThanOrEqual(4.5);
      expect(contrastOf(of("line-strong"), of("surface"))).toBeGreaterThanOrEqual(3);
      expect(contrastOf(of("focus"), of("surface"))).toBeGreaterThanOrEqual(3);
    }
    expect(contrastOf(token("warn")[0], "#fff0d0")).toBeGreaterThanOrEqual(4.5);
    expect(contrastOf(token("warn")[1], "#40340f")).toBeGreaterThanOrEqual(4.5);
  });
});

it("takes only what is a colour", () => {
  expect(["#17705a", "#ABCDEF", "red", "#123", "#12345g", "", null, undefined].map(isColor)).toEqual([true, true, false, false, false, false, false, false]);
});
