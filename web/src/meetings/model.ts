/** The shapes of meetings and participants as the API sends them. */

import { decoded } from "../router.ts";

export type Role = "host" | "co-host" | "participant" | "viewer";

export interface Participant {
  id: string;
  user_id: string | null;
  display_name: string;
  avatar_url?: string | null;
  role: Role;
  status: "invited" | "waiting" | "joined" | "left" | "removed";
  muted: boolean;
  video_on: boolean;
  screen_sharing: boolean;
  hand_raised: boolean;
  joined_at: string | null;
  left_at?: string | null;
  leave_reason?: string | null;
  connection: "connected" | "reconnecting";
  /** Null or missing: in the main room. */
  breakout_id?: string | null;
  /** Rises with every change. */
  version: number;
}

export interface Recurrence {
  rule: string;
  timezone: string;
  /** The rule in words. */
  summary: string;
  ends_at: string | null;
}

export interface MeetingSettings {
  has_password: boolean;
  require_auth: boolean;
  allow_guests: boolean;
  waiting_room: boolean;
  max_participants?: number;
  mute_on_entry?: boolean;
  allow_screen_share?: boolean;
  allow_chat?: boolean;
  allow_reactions?: boolean;
}

/** A stranger gets the reduced public form: the optional fields are then missing. */
export interface Meeting {
  id: string;
  code: string;
  slug?: string | null;
  title: string | null;
  description?: string | null;
  type: "instant" | "scheduled" | "recurring";
  status: "scheduled" | "active" | "ended" | "cancelled";
  host_user_id?: string | null;
  settings: MeetingSettings;
  locked?: boolean;
  scheduled_start_time?: string | null;
  scheduled_end_time?: string | null;
  /** The rule of the next one. */
  recurrence?: Recurrence | null;
  started_at?: string | null;
  ended_at?: string | null;
  duration_seconds?: number | null;
  participant_count?: number;
  version?: number;
  created_at?: string;
  join_url?: string;
}

export interface JoinReply {
  participant_id: string;
  meeting: Meeting;
  status: "admitted" | "waiting";
  role: Role;
  ticket: string;
  /** A guest's way back in; null for who is signed in. */
  participant_token: string | null;
  controller: { id: string; endpoint: string; region: string };
  ice_servers: RTCIceServer[];
  chat_id: string;
}

export const isModerator = (role: Role | undefined): boolean => role === "host" || role === "co-host";
export const mayPublish = (role: Role | undefined): boolean => role !== "viewer";

/**
 * What a person typed or pasted to join: a link of any origin, a code with or without its dashes, or a
 * slug. Returns what stands for {meeting} in paths, or null when it can be none of these.
 */
export function meetingReference(input: string): string | null {
  const trimmed = input.trim();
  const linked = /\/m\/([^/?#\s]+)/.exec(trimmed);
  const candidate = (decoded(linked?.[1] ?? trimmed) ?? "").toLowerCase();
  const letters = candidate.replace(/[\s-]/g, "");
  if (/^[a-z]{10}$/.test(letters)) return `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7)}`;
  return /^[a-z0-9][a-z0-9-]{1,99}$/.test(candidate) ? candidate : null;
}
