import { expect, test } from "vitest";
import { columnsOf, DAY_MINUTES, LEAST_MINUTES, piecesOf, placed, slotAt } from "../../src/calendar/week.ts";
import { type Clock, instantIn } from "../../src/calendar/zones.ts";

const BERLIN = "Europe/Berlin";
const NEW_YORK = "America/New_York";

const between = (start: string, end: string) => ({ start, end });

/** By a clock that shows every time of these days once. */
const shown = (zone: string, start: Clock, end: Clock) =>
  between(instantIn(zone, start)?.toISOString() ?? "", instantIn(zone, end)?.toISOString() ?? "");

const spans = (event: { start: string; end: string }, zone: string) =>
  piecesOf(event, zone).map(({ day, from, to }) => [day, from / 60, to / 60]);

/** "9-10" for each, as they stand: hours, column and columns. */
function side(...times: [from: number, to: number][]): string[] {
  const pieces = times.map(([from, to]) => ({
    event: between(`${from}`, `${to}`),
    day: "2026-11-23",
    from: from * 60,
    to: to * 60,
  }));
  return placed(pieces).map(
    ({ from, to, column, columns }) => `${from / 60}-${to / 60}: ${column + 1} of ${columns}`,
  );
}

test("a meeting stands where the clock of the zone has it, as long as it is", () => {
  const event = between("2026-11-23T08:00:00Z", "2026-11-23T09:30:00Z");
  expect(spans(event, BERLIN)).toEqual([["2026-11-23", 9, 10.5]]);
  expect(spans(event, NEW_YORK)).toEqual([["2026-11-23", 3, 4.5]]);
  expect(spans(event, "Asia/Kolkata")).toEqual([["2026-11-23", 13.5, 15]]);
});

test("a meeting over midnight is split, and one that ends at midnight is not", () => {
  expect(spans(shown(BERLIN, "2026-11-23T23:00", "2026-11-24T01:30"), BERLIN)).toEqual([
    ["2026-11-23", 23, 24],
    ["2026-11-24", 0, 1.5],
  ]);
  expect(spans(shown(BERLIN, "2026-11-23T22:00", "2026-11-24T00:00"), BERLIN)).toEqual([
    ["2026-11-23", 22, 24],
  ]);
  expect(spans(shown(BERLIN, "2026-11-24T00:00", "2026-11-24T01:00"), BERLIN)).toEqual([
    ["2026-11-24", 0, 1],
  ]);
  expect(spans(shown(BERLIN, "2026-11-30T12:00", "2026-12-02T12:00"), BERLIN)).toEqual([
    ["2026-11-30", 12, 24],
    ["2026-12-01", 0, 24],
    ["2026-12-02", 0, 12],
  ]);
});

test.each([
  [BERLIN, "2027-03-28", "2027-03-28T01:30:00Z", "2027-03-28T00:30:00Z"],
  [NEW_YORK, "2027-03-14", "2027-03-14T07:30:00Z", "2027-03-14T06:30:00Z"],
])("in %s the hour that is missing on %s breaks nothing", (zone, day, halfPastTwo, halfPastOne) => {
  // A meeting daily at 02:30 counts by the offset before the jump: the clock shows 03:30.
  const later = new Date(Date.parse(halfPastTwo) + 1_800_000).toISOString();
  expect(spans(between(halfPastTwo, later), zone)).toEqual([[day, 3.5, 4]]);
  // Around the jump: an hour long, from 01:30 to 03:30 by the clock.
  expect(spans(between(halfPastOne, halfPastTwo), zone)).toEqual([[day, 1.5, 3.5]]);
  // The rest of the day is where its clock has it, also what begins the day before.
  expect(spans(shown(zone, `${day}T09:00`, `${day}T10:00`), zone)).toEqual([[day, 9, 10]]);
  expect(spans(shown(zone, `${day}T23:00`, `${day}T23:59`), zone)[0]?.slice(0, 2)).toEqual([day, 23]);
});

test.each([
  [BERLIN, "2026-10-25", "2026-10-25T00:00:00Z"],
  [NEW_YORK, "2026-11-01", "2026-11-01T05:00:00Z"],
])("in %s the hour that comes twice on %s breaks nothing", (zone, day, twice) => {
  const after = (minutes: number) => new Date(Date.parse(twice) + minutes * 60_000).toISOString();
  const hour = zone === BERLIN ? 2 : 1;
  // The clock shows the same at the end: drawn by its length.
  expect(spans(between(after(0), after(60)), zone)).toEqual([[day, hour, hour + 1]]);
  expect(spans(between(after(30), after(60)), zone)).toEqual([[day, hour + 0.5, hour + 1]]);
  // From before until after it: where the clock has both.
  expect(spans(between(after(-60), after(120)), zone)).toEqual([[day, hour - 1, hour + 1]]);
  // In the second time of the hour, beside what is in the first.
  const both = columnsOf([between(after(0), after(30)), between(after(60), after(90))], zone).get(day);
  expect(both?.map(({ top, columns }) => [top / 60, columns])).toEqual([
    [hour, 2],
    [hour, 2],
  ]);
  expect(spans(shown(zone, `${day}T09:00`, `${day}T10:00`), zone)).toEqual([[day, 9, 10]]);
});

test("what is at the same time is side by side, and what only touches is not", () => {
  expect(side([9, 10], [10, 11])).toEqual(["9-10: 1 of 1", "10-11: 1 of 1"]);
  expect(side([9, 10], [9, 10], [9, 10])).toEqual(["9-10: 1 of 3", "9-10: 2 of 3", "9-10: 3 of 3"]);
  expect(side([9.5, 10.5], [9, 10], [13, 14])).toEqual(["9-10: 1 of 2", "9.5-10.5: 2 of 2", "13-14: 1 of 1"]);
});

test("a column that is free again is taken again, and a chain of overlaps is equally narrow", () => {
  expect(side([9, 12], [9, 10], [10, 11], [11.5, 13], [12, 14])).toEqual([
    "9-12: 1 of 2",
    "9-10: 2 of 2",
    "10-11: 2 of 2",
    "11.5-13: 2 of 2",
    "12-14: 1 of 2",
  ]);
});

test("what is short is drawn so that one can hit it, within its day", () => {
  const [short, next] = placed([
    { event: between("", ""), day: "2026-11-23", from: 540, to: 541 },
    { event: between("", ""), day: "2026-11-23", from: 545, to: 600 },
  ]);
  expect(short).toMatchObject({ top: 540, bottom: 540 + LEAST_MINUTES, columns: 2 });
  expect(next).toMatchObject({ top: 545, bottom: 600, column: 1 });
  const [late] = placed([{ event: between("", ""), day: "2026-11-23", from: 1435, to: DAY_MINUTES }]);
  expect(late).toMatchObject({ top: DAY_MINUTES - LEAST_MINUTES, bottom: DAY_MINUTES });
});

test("a point of a column is in a slot of half an hour", () => {
  expect(slotAt("2026-11-23", 9 * 60 + 44, BERLIN)).toBe("2026-11-23T09:30");
  expect(slotAt("2026-11-23", 0, BERLIN)).toBe("2026-11-23T00:00");
  expect(slotAt("2026-11-23", DAY_MINUTES, BERLIN)).toBe("2026-11-23T23:30");
  // There is no such time on that day.
  expect(slotAt("2027-03-28", 150, BERLIN)).toBe("2027-03-28T03:30");
  expect(slotAt("2027-03-14", 150, NEW_YORK)).toBe("2027-03-14T03:30");
});
