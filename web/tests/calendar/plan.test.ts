import { expect, test } from "vitest";
import { type Plan, plannedOf } from "../../src/calendar/plan.ts";
import { noRepeat } from "../../src/calendar/repeat.ts";
import { instantIn } from "../../src/calendar/zones.ts";
import { here } from "../../src/identity/places.ts";

const plan: Plan = {
  title: " Standup ",
  start: "2026-11-23T09:00",
  minutes: 30,
  repeat: noRepeat,
  zone: "Asia/Tokyo",
};

test("a meeting that comes once is by the clock here", () => {
  const planned = plannedOf(plan);
  expect(planned).toMatchObject({ title: "Standup", rule: null });
  expect(planned?.start).toEqual(instantIn(here().timezone, plan.start));
});

test("one that comes again is by the clock of its zone, from the first date of its rule on", () => {
  const tuesdays = { ...noRepeat, preset: "custom" as const, days: ["TU" as const] };
  expect(plannedOf({ ...plan, repeat: tuesdays })).toMatchObject({
    start: new Date("2026-11-24T00:00:00Z"),
    end: new Date("2026-11-24T00:30:00Z"),
    rule: "FREQ=WEEKLY;BYDAY=TU",
  });
  expect(plannedOf({ ...plan, repeat: { ...noRepeat, preset: "keep" } })).toMatchObject({
    start: new Date("2026-11-23T00:00:00Z"),
    rule: null,
  });
});

test("what is no time plans nothing", () => {
  expect(plannedOf({ ...plan, start: "" })).toBe(null);
});
