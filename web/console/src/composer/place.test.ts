import { expect, test } from "vitest";
import { readPlace } from "./place";

test.each([
  ["52.5163, 13.3777", 52.5163, 13.3777],
  ["-33.9 ; 151.2", -33.9, 151.2],
  ["https://www.openstreetmap.org/#map=17/52.51/13.37", 52.51, 13.37],
  ["https://www.openstreetmap.org/?mlat=1.5&mlon=-2.5#map=17/9/9", 1.5, -2.5],
  ["https://maps.example.com/place/@52.5,13.4,17z", 52.5, 13.4],
])("%s", (text, latitude, longitude) => {
  expect(readPlace(text)).toEqual({ latitude, longitude });
});

test.each(["", "Berlin", "91, 10", "10, 181", "10"])("%s is no place", (text) => {
  expect(readPlace(text)).toBeNull();
});
