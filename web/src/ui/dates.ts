/** Instants as people write them: in the language of their account, in the time zone of this device. */

import { user } from "../identity/session.ts";

export function dateTime(instant: string | null | undefined): string {
  if (!instant) return "";
  return new Date(instant).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
}

export function timeOf(instant: string): string {
  return new Date(instant).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
}

/** "Today", "Yesterday", "Monday", "14 March", "14 March 2024": the day as a heading. */
export function dayOf(instant: string, now = new Date()): string {
  const then = new Date(instant);
  const days = daysBetween(then, now);
  if (days === 0 || days === 1) return relative(-days);
  if (days > 0 && days < 7) return then.toLocaleDateString(locale(), { weekday: "long" });
  const sameYear = then.getFullYear() === now.getFullYear();
  const year = sameYear ? {} : ({ year: "numeric" } as const);
  return then.toLocaleDateString(locale(), { day: "numeric", month: "long", ...year });
}

/** As short as a list needs it: the time today, the weekday this week, else the date. */
export function whenShort(instant: string, now = new Date()): string {
  const then = new Date(instant);
  const days = daysBetween(then, now);
  if (days === 0) return timeOf(instant);
  if (days > 0 && days < 7) return then.toLocaleDateString(locale(), { weekday: "short" });
  return then.toLocaleDateString(locale(), { dateStyle: "short" });
}

export const sameDay = (a: string, b: string): boolean => daysBetween(new Date(a), new Date(b)) === 0;

/** Calendar days on this device; a day is not always 24 hours long. */
function daysBetween(then: Date, now: Date): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return (midnight(now) - midnight(then)) / 86_400_000;
}

function relative(days: number): string {
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(days, "day");
  return words.charAt(0).toLocaleUpperCase(locale()) + words.slice(1);
}

function locale(): string | undefined {
  // Undefined is the browser's own. A tag that the browser does not know would throw.
  const language = user.value?.language;
  try {
    return language ? Intl.getCanonicalLocales(language)[0] : undefined;
  } catch {
    return undefined;
  }
}
