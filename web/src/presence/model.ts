/** Whether somebody is there, as the server tells it, and how long ago they were. Pure. */

export type State = "online" | "away" | "in_meeting" | "in_call" | "queuing" | "offline";

export interface Presence {
  user_id: string;
  state: State;
  last_seen_at: string | null;
  /** Of two for one person the later holds: they may overtake each other on the way. */
  at: string;
}

export const latest = (known: Presence | null, incoming: Presence): Presence =>
  known && Date.parse(known.at) > Date.parse(incoming.at) ? known : incoming;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "5 minutes ago", "yesterday", "3 weeks ago"; null for less than a minute, where a clock may be wrong too. */
export function ago(instant: string, now: number, language?: string): string | null {
  const passed = now - Date.parse(instant);
  if (passed < MINUTE) return null;
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (passed < HOUR) return words.format(-Math.floor(passed / MINUTE), "minute");
  if (passed < DAY) return words.format(-Math.floor(passed / HOUR), "hour");
  if (passed < 14 * DAY) return words.format(-Math.floor(passed / DAY), "day");
  if (passed < 60 * DAY) return words.format(-Math.floor(passed / (7 * DAY)), "week");
  return words.format(-Math.floor(passed / (30 * DAY)), "month");
}
