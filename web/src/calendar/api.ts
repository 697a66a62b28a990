/** Calendars over REST. */

import { call } from "../delivery/http.ts";
import { credentials } from "../identity/session.ts";
import type { Recurrence } from "../meetings/model.ts";
import type { CalendarEvent, Preview } from "./model.ts";

export type Scope = "one" | "following";

export async function eventsBetween(from: Date, to: Date): Promise<CalendarEvent[]> {
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  return (await call<{ items: CalendarEvent[] }>(`/v1/calendar/events?${query}`, { credentials })).items;
}

export function previewOf(rule: string, timezone: string, start: Date, end: Date): Promise<Preview> {
  const body = { rule, timezone, start: start.toISOString(), end: end.toISOString() };
  return call("/v1/recurrence/preview", { method: "POST", body, credentials });
}

export interface OccurrenceChange {
  start?: string;
  end?: string;
  title?: string;
  /** For all that follow only. */
  rule?: string;
  timezone?: string;
}

function occurrence(event: CalendarEvent): string {
  const name = encodeURIComponent(event.original_start ?? "");
  return `/v1/meetings/${event.meeting_id}/occurrences/${name}`;
}

/** How the meeting comes again at that date: later ones may have another rule than the next. */
export async function recurrenceAt(event: CalendarEvent): Promise<Recurrence> {
  return (await call<{ recurrence: Recurrence }>(occurrence(event), { credentials })).recurrence;
}

/** One that comes once is changed as a meeting. */
export async function changeEvent(
  event: CalendarEvent,
  change: OccurrenceChange,
  scope: Scope,
): Promise<void> {
  if (event.original_start) {
    await call(`${occurrence(event)}?scope=${scope}`, { method: "PATCH", body: change, credentials });
    return;
  }
  const { start, end, title } = change;
  const body = {
    ...(title ? { title } : {}),
    ...(start ? { scheduled_start_time: start } : {}),
    ...(end ? { scheduled_end_time: end } : {}),
  };
  await call(`/v1/meetings/${event.meeting_id}`, { method: "PATCH", body, credentials });
}

export function cancelEvent(event: CalendarEvent, scope: Scope): Promise<void> {
  const path = event.original_start
    ? `${occurrence(event)}?scope=${scope}`
    : `/v1/meetings/${event.meeting_id}`;
  return call(path, { method: "DELETE", credentials });
}

export async function openFeed(): Promise<string> {
  return (await call<{ url: string }>("/v1/me/calendar-feed", { method: "POST", body: {}, credentials })).url;
}

export function closeFeed(): Promise<void> {
  return call("/v1/me/calendar-feed", { method: "DELETE", credentials });
}
