/** How a meeting repeats, as people choose it, and the RFC 5545 rule that says so. */

import type { Clock } from "./zones.ts";

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export type Unit = "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";
export type Preset =
  | "none"
  /** The rule that a meeting has stays, whatever it is. */
  | "keep"
  | "daily"
  | "weekdays"
  | "weekly"
  | "monthly"
  | "monthly_nth"
  | "yearly"
  | "custom";

export interface Repeat {
  preset: Preset;
  /** Of "custom". */
  unit: Unit;
  interval: number;
  days: Weekday[];
  monthly: "day" | "nth";
  end: "never" | "date" | "count";
  until: string;
  count: number;
}

export const noRepeat: Repeat = {
  preset: "none",
  unit: "WEEKLY",
  interval: 1,
  days: [],
  monthly: "day",
  end: "never",
  until: "",
  count: 10,
};

export function dateOf(clock: Clock): Date {
  return new Date(`${clock.slice(0, 10)}T00:00:00Z`);
}

export function weekdayOf(clock: Clock): Weekday {
  return WEEKDAYS[(dateOf(clock).getUTCDay() + 6) % 7] as Weekday;
}

/** The day's place among its weekday in the month: 1 to 4, or -1 for the last. */
export function nthOf(clock: Clock): number {
  const date = dateOf(clock);
  const next = new Date(date.getTime() + 7 * 86_400_000);
  if (next.getUTCMonth() !== date.getUTCMonth()) return -1;
  return Math.floor((date.getUTCDate() - 1) / 7) + 1;
}

/** The rule for a meeting that starts then; null for one that does not repeat. */
export function ruleOf(repeat: Repeat, start: Clock): string | null {
  const nth = `BYDAY=${nthOf(start)}${weekdayOf(start)}`;
  switch (repeat.preset) {
    case "none":
    case "keep":
      return null;
    case "daily":
      return ended(["FREQ=DAILY"], repeat);
    case "weekdays":
      return ended(["FREQ=WEEKLY", "BYDAY=MO,TU,WE,TH,FR"], repeat);
    case "weekly":
      return ended(["FREQ=WEEKLY", `BYDAY=${weekdayOf(start)}`], repeat);
    case "monthly":
      return ended(["FREQ=MONTHLY", `BYMONTHDAY=${dateOf(start).getUTCDate()}`], repeat);
    case "monthly_nth":
      return ended(["FREQ=MONTHLY", nth], repeat);
    case "yearly":
      return ended(["FREQ=YEARLY"], repeat);
    case "custom":
      return ended(custom(repeat, start, nth), repeat);
  }
}

function custom(repeat: Repeat, start: Clock, nth: string): string[] {
  const parts = [`FREQ=${repeat.unit}`];
  if (repeat.interval > 1) parts.push(`INTERVAL=${repeat.interval}`);
  if (repeat.unit === "WEEKLY") {
    const days = repeat.days.length ? repeat.days : [weekdayOf(start)];
    parts.push(`BYDAY=${WEEKDAYS.filter((day) => days.includes(day)).join(",")}`);
  }
  if (repeat.unit === "MONTHLY")
    parts.push(repeat.monthly === "nth" ? nth : `BYMONTHDAY=${dateOf(start).getUTCDate()}`);
  return parts;
}

function ended(parts: string[], repeat: Repeat): string {
  if (repeat.end === "count") parts.push(`COUNT=${repeat.count}`);
  if (repeat.end === "date" && repeat.until) parts.push(`UNTIL=${repeat.until.replaceAll("-", "")}`);
  return parts.join(";");
}

/**
 * The first start at or after the chosen one that is on a chosen weekday, so that whoever picks Tuesdays need not
 * find the next Tuesday in a calendar.
 */
export function firstStart(repeat: Repeat, start: Clock): Clock {
  const wanted =
    repeat.preset === "weekdays"
      ? WEEKDAYS.slice(0, 5)
      : repeat.preset === "custom" && repeat.unit === "WEEKLY" && repeat.days.length
        ? repeat.days
        : null;
  if (!wanted) return start;
  for (let days = 0; days < 7; days++) {
    const moved = new Date(dateOf(start).getTime() + days * 86_400_000).toISOString().slice(0, 10);
    const clock = `${moved}${start.slice(10)}`;
    if (wanted.includes(weekdayOf(clock))) return clock;
  }
  return start;
}

/**
 * A rule that a meeting has, to choose another from: kept, with its parts where the form has them. Its end is the
 * day of its last date, because of a number of dates some may have been held.
 */
export function repeatOf(rule: string, lastDay: string | null): Repeat {
  const parts = new Map(rule.split(";").map((part) => part.split("=") as [string, string]));
  const days = (parts.get("BYDAY") ?? "").split(",");
  return {
    ...noRepeat,
    preset: "keep",
    unit: (parts.get("FREQ") ?? "WEEKLY") as Unit,
    interval: Number(parts.get("INTERVAL") ?? 1),
    days: WEEKDAYS.filter((day) => days.includes(day)),
    monthly: parts.has("BYDAY") ? "nth" : "day",
    ...(lastDay ? { end: "date", until: lastDay } : {}),
  };
}
