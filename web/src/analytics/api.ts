/** Statistics over REST. */

import { call } from "../delivery/http.ts";
import { credentials } from "../identity/session.ts";

export const METRICS = [
  "total_meetings",
  "total_participants",
  "participant_minutes",
  "messages",
  "peak_concurrent",
  "bytes_forwarded",
] as const;
export type Metric =
  | (typeof METRICS)[number]
  | "meeting_duration_minutes"
  | "calls"
  | "matches"
  | "recordings";
export const DIMENSIONS = ["total", "region", "device_type", "account_type", "user_id"] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export type Unit = "count" | "minutes" | "bytes";

export interface Series {
  value: string;
  label: string | null;
  total: number;
  points: { date: string; value: number }[];
}

export interface Usage {
  metric: Metric;
  dimension: Dimension;
  unit: Unit;
  first: string;
  last: string;
  series: Series[];
  others: number;
}

export type Rating = "good" | "fair" | "poor" | "unknown";

export interface QualityPoint {
  at: string;
  uplink_bitrate: number | null;
  uplink_packet_loss: number | null;
  uplink_jitter: number | null;
  downlink_bitrate: number | null;
  downlink_packet_loss: number | null;
  downlink_jitter: number | null;
  round_trip: number | null;
}

export interface Finding {
  kind: string;
  severity: "fair" | "poor";
  first: string;
  last: string;
  words: string;
}

export interface ParticipantQuality {
  participant_id: string;
  display_name: string;
  joined_at: string | null;
  left_at: string | null;
  reports: number;
  rating: Rating;
  uplink_packet_loss: number | null;
  downlink_packet_loss: number | null;
  round_trip: number | null;
  network_type: string | null;
  findings: Finding[];
  point_seconds: number;
  points: QualityPoint[];
}

export interface MeetingQuality {
  meeting_id: string;
  title: string;
  started_at: string | null;
  ended_at: string | null;
  items: ParticipantQuality[];
  next_cursor: string | null;
}

export interface TimelineItem {
  id: string;
  at: string;
  type: string;
  name: string | null;
  words: string;
}

export interface Timeline {
  items: TimelineItem[];
  next_cursor: string | null;
}

/** The last `days` UTC days, today among them. */
export function usagePath(metric: Metric, dimension: Dimension, days: number, limit: number): string {
  const last = new Date();
  const first = new Date(last.getTime() - (days - 1) * 86_400_000);
  const query = { metric, dimension, from: isoDay(first), to: isoDay(last), limit: String(limit) };
  return `/v1/analytics/usage?${new URLSearchParams(query)}`;
}

const at = (reference: string): string => `/v1/meetings/${encodeURIComponent(reference)}`;

export function qualityPath(reference: string, more: { participant?: string; cursor?: string } = {}): string {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  return `${at(reference)}/quality?${new URLSearchParams({ timezone, ...more })}`;
}

export function timelinePath(reference: string, more: { cursor?: string; limit?: string } = {}): string {
  return `${at(reference)}/timeline?${new URLSearchParams({ limit: "50", ...more })}`;
}

export const read = <T>(path: string): Promise<T> => call<T>(path, { credentials });

/** A link cannot carry the token, so the file is fetched and then offered. */
export async function download(path: string, name: string): Promise<void> {
  const token = await credentials.token();
  const headers: Record<string, string> = { accept: "text/csv" };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(path, { headers, credentials: "same-origin" });
  if (!response.ok) throw new Error(String(response.status));
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

const isoDay = (date: Date): string => date.toISOString().slice(0, 10);
