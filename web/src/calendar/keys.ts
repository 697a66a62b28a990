/** Where keys lead in the grids of days, as WAI-ARIA's date grid has them; T leads to today. */

import { type Day, dayOf, midnight, plusDays, plusMonths } from "./model.ts";

interface Grid {
  /** What Page Up and Page Down turn. */
  page: "week" | "month";
  /** The first day of a week: 1 is Monday, 0 Sunday. */
  weekStart: number;
}

export function dayAfterKey(key: string, day: Day, { page, weekStart }: Grid): Day | null {
  const inWeek = (midnight(day).getDay() - weekStart + 7) % 7;
  switch (key) {
    case "ArrowLeft":
      return plusDays(day, -1);
    case "ArrowRight":
      return plusDays(day, 1);
    case "ArrowUp":
      return page === "month" ? plusDays(day, -7) : null;
    case "ArrowDown":
      return page === "month" ? plusDays(day, 7) : null;
    case "Home":
      return plusDays(day, -inWeek);
    case "End":
      return plusDays(day, 6 - inWeek);
    case "PageUp":
      return turned(day, page, -1);
    case "PageDown":
      return turned(day, page, 1);
    case "t":
    case "T":
      return dayOf(new Date());
    default:
      return null;
  }
}

export const turned = (day: Day, page: "week" | "month", by: 1 | -1): Day =>
  page === "week" ? plusDays(day, 7 * by) : plusMonths(day, by);

/** With one of these held a key is the browser's. */
export const isCommand = (event: KeyboardEvent): boolean => event.ctrlKey || event.metaKey || event.altKey;
