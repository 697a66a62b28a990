import { expect, test } from "vitest";
import {
  byDay,
  type CalendarEvent,
  dayOf,
  midnight,
  plusDays,
  plusMonths,
  weeksOf,
} from "../../src/calendar/model.ts";

test("a month has whole weeks", () => {
  const weeks = weeksOf("2026-11-20", 1);
  expect(weeks).toHaveLength(6);
  expect([weeks[0]?.[0], weeks[5]?.[6]]).toEqual(["2026-10-26", "2026-12-06"]);
  expect(weeksOf("2026-02-10", 0)[0]?.[0]).toBe("2026-02-01");
  for (const week of weeksOf("2027-03-28", 1)) expect(week).toHaveLength(7);
});

test("days and months are those of a calendar", () => {
  expect(plusDays("2027-03-27", 2)).toBe("2027-03-29");
  expect(plusDays("2026-12-31", 1)).toBe("2027-01-01");
  expect(plusMonths("2027-01-31", 1)).toBe("2027-02-28");
  expect(plusMonths("2027-01-31", -2)).toBe("2026-11-30");
  expect(dayOf(midnight("2027-03-28"))).toBe("2027-03-28");
});

test("a meeting is on every day that it touches, and not on the one it ends at", () => {
  const event = (start: Date, hours: number): CalendarEvent => ({
    ...({ meeting_id: "1", title: "Standup", original_start: null } as CalendarEvent),
    start: start.toISOString(),
    end: new Date(start.getTime() + hours * 3_600_000).toISOString(),
  });
  const late = midnight("2026-11-23");
  late.setHours(22);
  expect([...byDay([event(late, 2)]).keys()]).toEqual(["2026-11-23"]);
  expect([...byDay([event(late, 3)]).keys()]).toEqual(["2026-11-23", "2026-11-24"]);
});
