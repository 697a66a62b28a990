import { expect, test, vi } from "vitest";
import { dayAfterKey } from "../../src/calendar/keys.ts";

// A Friday.
const DAY = "2026-11-20";
const month = (key: string, weekStart = 1) => dayAfterKey(key, DAY, { page: "month", weekStart });
const week = (key: string, weekStart = 1) => dayAfterKey(key, DAY, { page: "week", weekStart });

test("arrows move by day, and in a month by week", () => {
  expect([month("ArrowLeft"), month("ArrowRight")]).toEqual(["2026-11-19", "2026-11-21"]);
  expect([month("ArrowUp"), month("ArrowDown")]).toEqual(["2026-11-13", "2026-11-27"]);
  expect([week("ArrowLeft"), week("ArrowRight")]).toEqual(["2026-11-19", "2026-11-21"]);
  // They move through the meetings of the day.
  expect([week("ArrowUp"), week("ArrowDown")]).toEqual([null, null]);
});

test("Home and End lead to the ends of a week, wherever it begins", () => {
  expect([month("Home"), month("End")]).toEqual(["2026-11-16", "2026-11-22"]);
  expect([week("Home", 0), week("End", 0)]).toEqual(["2026-11-15", "2026-11-21"]);
});

test("Page Up and Page Down turn what is shown, and T leads to today", () => {
  expect([month("PageUp"), month("PageDown")]).toEqual(["2026-10-20", "2026-12-20"]);
  expect([week("PageUp"), week("PageDown")]).toEqual(["2026-11-13", "2026-11-27"]);
  vi.useFakeTimers({ now: new Date(2026, 10, 23, 12) });
  expect([month("t"), week("T")]).toEqual(["2026-11-23", "2026-11-23"]);
  vi.useRealTimers();
  expect([month("x"), week("Enter")]).toEqual([null, null]);
});
