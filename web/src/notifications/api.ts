/** What one was told, one's wishes and devices, over REST. */

import { call } from "../delivery/http.ts";
import { credentials } from "../identity/session.ts";
import type { Page } from "../ui/loading.ts";
import type { Notification, NotificationType, ReadNews } from "./model.ts";

const PAGE = 30;

export type Way = "in_app" | "email" | "push";
export type Choice = Record<Way, boolean>;

export interface QuietHours {
  start: string;
  end: string;
}

export interface Preferences {
  channels: Record<NotificationType, Choice>;
  possible: Record<NotificationType, Way[]>;
  quiet_hours: QuietHours | null;
  timezone: string;
}

export interface PushDevice {
  id: string;
  device_name: string | null;
  created_at: string;
  last_used_at: string | null;
}

export interface NotificationPage extends Page<Notification> {
  unread: number;
}

export function list(cursor: string | null, unread: boolean, limit = PAGE): Promise<NotificationPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (unread) query.set("unread", "true");
  if (cursor) query.set("cursor", cursor);
  return call(`/v1/notifications?${query}`, { credentials });
}

export const count = (): Promise<{ unread: number }> => call("/v1/notifications/count", { credentials });

export const read = (id: string): Promise<ReadNews> =>
  call(`/v1/notifications/${id}/read`, { method: "POST", credentials });

/** Up to the newest that is shown: what comes in this moment stays unread. */
export const readAll = (until: string): Promise<ReadNews> =>
  call("/v1/notifications/read-all", { method: "POST", body: { until }, credentials });

export const remove = (id: string): Promise<void> =>
  call(`/v1/notifications/${id}`, { method: "DELETE", credentials });

export const preferences = (): Promise<Preferences> =>
  call("/v1/me/notification-preferences", { credentials });

export function savePreferences({ channels, quiet_hours }: Preferences): Promise<Preferences> {
  const body = { channels, quiet_hours };
  return call("/v1/me/notification-preferences", { method: "PUT", body, credentials });
}

export const pushKey = (): Promise<{ key: string }> => call("/v1/push/key");

export const pushDevices = (): Promise<{ items: PushDevice[] }> =>
  call("/v1/push/subscriptions", { credentials });

export function addPushDevice(subscription: PushSubscriptionJSON, name: string): Promise<PushDevice> {
  const body = { ...subscription, device_name: name };
  return call("/v1/push/subscriptions", { method: "POST", body, credentials });
}

export const removePushDevice = (id: string): Promise<void> =>
  call(`/v1/push/subscriptions/${id}`, { method: "DELETE", credentials });

/** By the token in the mail alone: whoever follows its link need not be signed in. */
export function unsubscribe(token: string): Promise<{ type: NotificationType }> {
  return call(`/v1/notifications/unsubscribe?${new URLSearchParams({ token })}`, { method: "POST" });
}
