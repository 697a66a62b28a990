import { expect, test } from "vitest";
import { clockIn, instantIn } from "../../src/calendar/zones.ts";

const at = (zone: string, clock: string) => instantIn(zone, clock)?.toISOString();

test("a clock elsewhere shows its own time", () => {
  expect(clockIn("Asia/Tokyo", new Date("2026-11-23T20:30:00Z"))).toBe("2026-11-24T05:30");
  expect(at("Asia/Tokyo", "2026-11-24T05:30")).toBe("2026-11-23T20:30:00.000Z");
  expect(at("America/New_York", "2026-07-01T09:00")).toBe("2026-07-01T13:00:00.000Z");
});

test("around both changes of the clock", () => {
  expect(at("Europe/Berlin", "2027-03-28T01:59")).toBe("2027-03-28T00:59:00.000Z");
  expect(at("Europe/Berlin", "2027-03-28T03:00")).toBe("2027-03-28T01:00:00.000Z");
  // Jumped over: by the offset before.
  expect(at("Europe/Berlin", "2027-03-28T02:30")).toBe("2027-03-28T01:30:00.000Z");
  // Comes twice: the first.
  expect(at("Europe/Berlin", "2026-10-25T02:30")).toBe("2026-10-25T00:30:00.000Z");
  expect(at("Europe/Berlin", "2026-10-25T03:00")).toBe("2026-10-25T02:00:00.000Z");
});

test("what is no time is none", () => {
  expect(instantIn("UTC", "")).toBe(null);
  expect(instantIn("UTC", "tomorrow")).toBe(null);
});
