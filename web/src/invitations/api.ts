/** Invitations over REST: those one sends, and those one has received. */

import type { Answer } from "../calendar/model.ts";
import { type Credentials, call } from "../delivery/http.ts";
import { credentials } from "../identity/session.ts";
import type { Page } from "../ui/loading.ts";

export interface Person {
  user_id: string;
  display_name: string;
  avatar_url: string | null;
}

export interface Invitation {
  id: string;
  kind: "user" | "email" | "link";
  status: Answer;
  user: Person | null;
  email: string | null;
  max_uses: number | null;
  uses: number;
  expires_at: string;
  created_at: string;
  answered_at: string | null;
  sent_at: string | null;
  url: string | null;
}

export interface Received {
  id: string;
  kind: "user" | "email" | "link";
  status: Answer;
  message: string | null;
  inviter: Person | null;
  expires_at: string;
  meeting: {
    id: string;
    code: string;
    title: string;
    description: string | null;
    status: "scheduled" | "active" | "ended" | "cancelled";
    start: string | null;
    end: string | null;
    recurrence: string | null;
    join_url: string;
  };
}

export interface Wanted {
  emails?: string[];
  user_ids?: string[];
  link?: { max_uses?: number | null; expires_at?: string };
  message?: string;
}

const of = (meetingId: string) => `/v1/meetings/${encodeURIComponent(meetingId)}/invitations`;

export async function invite(meetingId: string, wanted: Wanted): Promise<Invitation[]> {
  const headers = { "idempotency-key": crypto.randomUUID() };
  const made = await call<{ items: Invitation[] }>(of(meetingId), {
    method: "POST",
    body: wanted,
    headers,
    credentials,
  });
  return made.items;
}

export function invitationsOf(meetingId: string, cursor: string | null): Promise<Page<Invitation>> {
  const query = new URLSearchParams({ limit: "50", ...(cursor ? { cursor } : {}) });
  return call(`${of(meetingId)}?${query}`, { credentials });
}

export function revoke(meetingId: string, id: string): Promise<void> {
  return call(`${of(meetingId)}/${id}`, { method: "DELETE", credentials });
}

export function resend(meetingId: string, id: string): Promise<Invitation> {
  return call(`${of(meetingId)}/${id}/resend`, { method: "POST", body: {}, credentials });
}

export function received(cursor: string | null, status?: Answer): Promise<Page<Received>> {
  const query = new URLSearchParams({ ...(cursor ? { cursor } : {}), ...(status ? { status } : {}) });
  return call(`/v1/invitations?${query}`, { credentials });
}

export function answer(id: string, how: "accept" | "decline"): Promise<Received> {
  return call(`/v1/invitations/${id}/${how}`, { method: "POST", body: {}, credentials });
}

const byToken = (token: string) => `/v1/invitations/by-token/${encodeURIComponent(token)}`;

/** With the account of who is signed in, without one too. */
export function readByToken(token: string, who: Credentials = credentials): Promise<Received> {
  return call(byToken(token), { credentials: who });
}

export function answerByToken(token: string, how: "accept" | "decline"): Promise<Received> {
  return call(`${byToken(token)}/${how}`, { method: "POST", body: {}, credentials });
}

/** Where the meeting's file for calendars is. */
export const fileOf = (meetingId: string, token: string): string =>
  `/v1/meetings/${encodeURIComponent(meetingId)}/calendar.ics?invitation=${encodeURIComponent(token)}`;

/** Addresses as people paste them: with names, commas, semicolons, lines. Wrong ones apart. */
export function addressesIn(input: string): { good: string[]; bad: string[] } {
  const parts = input
    .split(/[\s,;]+/)
    .map((part) => part.replace(/^[<("']+|[>)"'.]+$/g, ""))
    .filter(Boolean);
  const hasNames = /<[^>]+>/.test(input);
  const found = hasNames ? [...input.matchAll(/<([^<>\s]+)>/g)].map((match) => match[1] as string) : [];
  const candidates = hasNames ? [...found, ...parts.filter((part) => part.includes("@"))] : parts;
  const good: string[] = [];
  const bad: string[] = [];
  for (const part of candidates)
    (/^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$/.test(part) ? good : bad).push(part.toLowerCase());
  return { good: [...new Set(good)], bad: [...new Set(bad)] };
}
