import { expect, test } from "vitest";
import type { Capabilities } from "./capabilities";
import { limitsOf, refusalOf } from "./fileLimits";

const channel = { sends: ["text", "image"], max_attachment_bytes: 500, max_attachments: 2 } as Capabilities;

test("the narrower limit counts, and notes know only the daemon's", () => {
  expect(limitsOf("reply", channel, 1000)).toEqual({ maxBytes: 500, maxFiles: 2, sends: channel.sends });
  expect(limitsOf("reply", channel, 100).maxBytes).toBe(100);
  expect(limitsOf("note", channel, 1000)).toEqual({ maxBytes: 1000, maxFiles: 20, sends: null });
  expect(limitsOf("reply", null, 1000).maxBytes).toBe(1000);
});

test("a file is refused for what is wrong with it", () => {
  const limits = limitsOf("reply", channel, 1000);
  const image = { size: 500, type: "image/png" };
  expect(refusalOf(image, 1, limits)).toBeNull();
  expect(refusalOf(image, 2, limits)).toBe("too_many");
  expect(refusalOf({ ...image, size: 501 }, 0, limits)).toBe("too_big");
  expect(refusalOf({ ...image, size: 0 }, 0, limits)).toBe("empty");
  expect(refusalOf({ size: 1, type: "application/pdf" }, 0, limits)).toBe("kind");
  expect(refusalOf({ size: 1, type: "" }, 0, { ...limits, sends: ["file"] })).toBeNull();
  expect(refusalOf(image, 0, { ...limits, maxBytes: 0 })).toBe("none");
});
