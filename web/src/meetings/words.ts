/** How meetings' times and links are written. */

import type { Meeting } from "./model.ts";

export const inviteLink = (meeting: Pick<Meeting, "code">): string => `${location.origin}/m/${meeting.code}`;

/** The next full half hour, as the value of a datetime-local input. */
export function nextHalfHour(now: Date): string {
  const next = new Date(now.getTime() + 30 * 60_000);
  next.setMinutes(next.getMinutes() < 30 ? 0 : 30, 0, 0);
  const local = new Date(next.getTime() - next.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
