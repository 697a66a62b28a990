import { expect, test } from "vitest";
import { bitrate, percent, told } from "../../src/analytics/numbers.ts";

test("bytes are told in the unit that fits", () => {
  expect([0, 999, 1000, 1_234_567, 12_345_678_901].map((n) => told(n, "bytes"))).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "1.2 MB",
    "12 GB",
  ]);
});

test("minutes become hours where there are many", () => {
  expect([0, 59, 90, 6000].map((n) => told(n, "minutes"))).toEqual(["0 min", "59 min", "1.5 h", "100 h"]);
});

test("counts stay exact until they are large", () => {
  expect([7, 9999, 1_250_000].map((n) => told(n, "count"))).toEqual(["7", "9,999", "1.3M"]);
});

test("rates and shares have their units", () => {
  expect(bitrate(1_250_000)).toBe("1.3 Mbit/s");
  expect(percent(2.345)).toBe("2.3 %");
});
