import { expect, test } from "vitest";
import {
  firstStart,
  noRepeat,
  nthOf,
  type Preset,
  repeatOf,
  ruleOf,
  weekdayOf,
} from "../../src/calendar/repeat.ts";

const MONDAY = "2026-11-23T09:00";

test.each<[Preset, string | null]>([
  ["none", null],
  ["daily", "FREQ=DAILY"],
  ["weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"],
  ["weekly", "FREQ=WEEKLY;BYDAY=MO"],
  ["monthly", "FREQ=MONTHLY;BYMONTHDAY=23"],
  ["monthly_nth", "FREQ=MONTHLY;BYDAY=4MO"],
  ["yearly", "FREQ=YEARLY"],
])("the preset %s is the rule %s", (preset, rule) => {
  expect(ruleOf({ ...noRepeat, preset }, MONDAY)).toBe(rule);
});

test("a custom rule has its parts and its end", () => {
  const custom = { ...noRepeat, preset: "custom" as const, interval: 2 };
  expect(ruleOf({ ...custom, days: ["WE", "MO"], end: "count", count: 10 }, MONDAY)).toBe(
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=10",
  );
  expect(
    ruleOf({ ...custom, unit: "MONTHLY", monthly: "nth", end: "date", until: "2027-01-31" }, MONDAY),
  ).toBe("FREQ=MONTHLY;INTERVAL=2;BYDAY=4MO;UNTIL=20270131");
  expect(ruleOf({ ...custom, unit: "DAILY" }, MONDAY)).toBe("FREQ=DAILY;INTERVAL=2");
});

test("the last weekday of a month is the last, also when it is the fourth", () => {
  expect([nthOf("2026-11-30T09:00"), nthOf("2026-11-23T09:00"), nthOf("2026-11-02T09:00")]).toEqual([
    -1, 4, 1,
  ]);
  expect(weekdayOf("2026-11-29T09:00")).toBe("SU");
});

test("a meeting on Tuesdays begins on a Tuesday", () => {
  const tuesdays = { ...noRepeat, preset: "custom" as const, days: ["TU" as const] };
  expect(firstStart(tuesdays, MONDAY)).toBe("2026-11-24T09:00");
  expect(firstStart({ ...noRepeat, preset: "weekdays" }, "2026-11-28T09:00")).toBe("2026-11-30T09:00");
  expect(firstStart({ ...noRepeat, preset: "daily" }, MONDAY)).toBe(MONDAY);
});

test("a rule that a meeting has is kept, and its parts are there to change", () => {
  const kept = repeatOf("FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=MO,WE", "2027-01-27");
  expect(kept.preset).toBe("keep");
  expect(ruleOf(kept, MONDAY)).toBe(null);
  expect(firstStart(kept, "2026-11-24T09:00")).toBe("2026-11-24T09:00");
  expect(ruleOf({ ...kept, preset: "custom" }, MONDAY)).toBe(
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20270127",
  );
  const monthly = repeatOf("FREQ=MONTHLY;BYDAY=-1FR", null);
  expect(monthly).toMatchObject({ unit: "MONTHLY", monthly: "nth", days: [], end: "never" });
  expect(repeatOf("FREQ=MONTHLY;BYMONTHDAY=23", null).monthly).toBe("day");
});
