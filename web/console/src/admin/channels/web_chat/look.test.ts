import { expect, test } from "vitest";
import faceRs from "../../../../../../channels/web_chat/src/face.rs?raw";
import hoursRs from "../../../../../../channels/web_chat/src/hours.rs?raw";
import settingsRs from "../../../../../../channels/web_chat/src/settings.rs?raw";
import { DAYS, FIELD_KINDS, freeName, lookOf, withLook } from "./look";

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

test("the daemon knows every key, kind of field and day", () => {
  const keys = (source: string, type: string) => [...(new RegExp(`pub struct ${type} \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? "").matchAll(/pub ([a-z_]+):/g)].map((match) => match[1]);
  const words = (source: string, type: string) => [...(new RegExp(`pub enum ${type} \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? "").matchAll(/^    ([A-Z]\w+),/gm)].map((match) => match[1]?.toLowerCase());
  expect(keys(settingsRs, "Settings")).toEqual(expect.arrayContaining(Object.keys(settings)));
  expect(keys(faceRs, "Greeting")).toEqual(Object.keys(settings.greeting));
  expect(keys(faceRs, "MenuItem")).toEqual(expect.arrayContaining(Object.keys(settings.menu[0] ?? {})));
  expect(keys(faceRs, "Field")).toEqual(expect.arrayContaining(Object.keys(settings.pre_chat.fields[0] ?? {})));
  expect(keys(hoursRs, "Span")).toEqual(Object.keys(settings.hours.days[0] ?? {}));
  expect(words(faceRs, "FieldKind")).toEqual([...FIELD_KINDS]);
  expect(words(hoursRs, "Day")).toEqual([...DAYS]);
});
