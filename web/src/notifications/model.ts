/** What one was told, and what becomes of a list of it when something happens. Pure. */

import { sameDay } from "../ui/dates.ts";

export const TYPES = [
  "invitation",
  "meeting_reminder",
  "meeting_changed",
  "meeting_cancelled",
  "incoming_call",
  "missed_call",
  "message",
  "mention",
  "contact",
  "system",
] as const;
export type NotificationType = (typeof TYPES)[number];

export interface Notification {
  id: string;
  type: NotificationType;
  title: string;
  message: string;
  data: Record<string, unknown>;
  action_url: string | null;
  subject: string | null;
  created_at: string;
  read_at: string | null;
}

/** `notification.read`: these, or all that were told up to a moment. */
export interface ReadNews {
  ids: string[] | "all";
  until: string | null;
  unread: number;
}

/** With something new on top; what was renewed comes up again. */
export function withNews(items: Notification[], fresh: Notification): Notification[] {
  return [fresh, ...items.filter((each) => each.id !== fresh.id)].sort(newestFirst);
}

export function withRead(items: Notification[], news: ReadNews, now = new Date()): Notification[] {
  const until = news.until === null ? Number.POSITIVE_INFINITY : Date.parse(news.until);
  const isRead = (each: Notification) =>
    news.ids === "all" ? Date.parse(each.created_at) <= until : news.ids.includes(each.id);
  return items.map((each) =>
    !each.read_at && isRead(each) ? { ...each, read_at: now.toISOString() } : each,
  );
}

export const without = (items: Notification[], ids: string[]): Notification[] =>
  items.filter((each) => !ids.includes(each.id));

/** In days as the device's clock has them, newest first. */
export function byDay(items: Notification[]): Notification[][] {
  const days: Notification[][] = [];
  for (const each of items) {
    const day = days.at(-1);
    if (day?.[0] && sameDay(day[0].created_at, each.created_at)) day.push(each);
    else days.push([each]);
  }
  return days;
}

/** Where it leads: a path of this page and nothing else. */
export const pathOf = (notification: Notification): string | null =>
  isPath(notification.action_url) ? notification.action_url : null;

/** `//host` and `/\host` are other origins to a browser. */
export const isPath = (value: unknown): value is string =>
  typeof value === "string" && /^\/(?![/\\])/.test(value);

/** The chat in which to call back; null where there is none to be told. */
export function callBack(
  notification: Notification,
): { chatId: string; mediaType: "audio" | "video" } | null {
  const { chat_id, media_type } = notification.data;
  if (notification.type !== "missed_call" || typeof chat_id !== "string") return null;
  return { chatId: chat_id, mediaType: media_type === "video" ? "video" : "audio" };
}

const newestFirst = (a: Notification, b: Notification): number =>
  Date.parse(b.created_at) - Date.parse(a.created_at) || (a.id < b.id ? 1 : -1);
