/** The shapes of calendars as the API sends them, and the days that a page of one has. */

export type Answer = "pending" | "accepted" | "declined" | "revoked" | "expired";

export interface CalendarEvent {
  meeting_id: string;
  code: string;
  title: string;
  type: "scheduled" | "recurring";
  status: "scheduled" | "active" | "ended" | "cancelled";
  start: string;
  end: string;
  original_start: string | null;
  role: "host" | "invited" | "participant";
  invitation_id: string | null;
  answer: Answer | null;
  join_url: string;
}

export interface Preview {
  rule: string;
  summary: string;
  items: { start: string; end: string }[];
  ends_at: string | null;
}

/** A day as people count them here: "2026-11-23". */
export type Day = string;

export function dayOf(instant: Date): Day {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${instant.getFullYear()}-${two(instant.getMonth() + 1)}-${two(instant.getDate())}`;
}

/** Midnight here at the beginning of a day. */
export function midnight(day: Day): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date);
}

export function plusDays(day: Day, days: number): Day {
  const at = midnight(day);
  // By the calendar: a day is not always 24 hours long.
  return dayOf(new Date(at.getFullYear(), at.getMonth(), at.getDate() + days));
}

export function plusMonths(day: Day, months: number): Day {
  const at = midnight(day);
  const last = new Date(at.getFullYear(), at.getMonth() + months + 1, 0).getDate();
  return dayOf(new Date(at.getFullYear(), at.getMonth() + months, Math.min(at.getDate(), last)));
}

/** The first day of a week, 1 is Monday: as the language has it, where the browser knows. */
export function weekStart(): number {
  type Weeks = { firstDay?: number };
  const locale = new Intl.Locale(navigator.language) as Intl.Locale & {
    weekInfo?: Weeks;
    getWeekInfo?(): Weeks;
  };
  const first = locale.getWeekInfo?.().firstDay ?? locale.weekInfo?.firstDay ?? 1;
  return first % 7;
}

/** The whole weeks that a month touches; `weekStart` 1 is Monday, 0 Sunday. */
export function weeksOf(day: Day, weekStart: number): Day[][] {
  const first = midnight(`${day.slice(0, 7)}-01`);
  const before = (first.getDay() - weekStart + 7) % 7;
  const weeks: Day[][] = [];
  let at = plusDays(dayOf(first), -before);
  do {
    weeks.push(Array.from({ length: 7 }, (_, n) => plusDays(at, n)));
    at = plusDays(at, 7);
  } while (at.slice(0, 7) === day.slice(0, 7));
  return weeks;
}

/** Events by the days that they touch, in the order of their start. One that ends at midnight is not in the next. */
export function byDay(events: readonly CalendarEvent[]): Map<Day, CalendarEvent[]> {
  const days = new Map<Day, CalendarEvent[]>();
  for (const event of events) {
    const last = dayOf(new Date(Math.max(Date.parse(event.end) - 1, Date.parse(event.start))));
    for (let day = dayOf(new Date(event.start)); day <= last; day = plusDays(day, 1))
      days.set(day, [...(days.get(day) ?? []), event]);
  }
  return days;
}

export const keyOf = (event: CalendarEvent): string =>
  `${event.meeting_id} ${event.original_start ?? event.start}`;
