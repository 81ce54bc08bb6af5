import { expect, test } from "vitest";
import { freeName, lookOf, withLook } from "./look";

const settings = {
  allowed_origins: ["https://shop.example"],
  identity_secret: "[secret]",
  greeting: { title: "Hello", text: "We are here", name: "Ann" },
  menu: [{ id: "order", title: "Where is my order?" }],
  pre_chat: { fields: [{ name: "topic", label: "Topic", required: true, kind: "select", options: ["A", "B"] }], consent: "I agree" },
  colors: { accent: "#17705a" },
  reply_time: "in minutes",
  hours: { time_zone: "Europe/Berlin", days: [{ day: "mon", from: "09:00", to: "12:00" }, { day: "mon", from: "13:00", to: "18:00" }, { day: "sun", from: "20:00", to: "24:00" }] },
  away_email: true,
  mail_inbox_id: "i1",
};

test("what is not changed comes back as it was", () => {
  expect(withLook(settings, lookOf(settings, "UTC"))).toEqual(settings);
});

test("what is empty is left out", () => {
  expect(withLook({ quotas: { starts_per_hour: 5 } }, lookOf({}, "UTC"))).toEqual({ quotas: { starts_per_hour: 5 } });
  const look = lookOf(settings, "UTC");
  const emptied = { ...look, greeting: { ...look.greeting, title: " " }, menu: [], fields: [], consent: "", accent: "", has_hours: false, reply_time: "", away_email: false, mail_inbox_id: "" };
  expect(withLook(settings, emptied)).toEqual({ allowed_origins: ["https://shop.example"], identity_secret: "[secret]" });
});

test("a new option has an id of its own", () => {
  expect(freeName(["option_1", "option_2"], "option")).toBe("option_3");
});
