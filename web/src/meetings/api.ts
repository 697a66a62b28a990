/** Meetings over REST. */

import { type Credentials, call } from "../delivery/http.ts";
import { Problem } from "../delivery/problem.ts";
import type { Ticket } from "../delivery/socket.ts";
import { credentials } from "../identity/session.ts";
import { remember, remembered, thisTab } from "../ui/memory.ts";
import type { JoinReply, Meeting, Participant } from "./model.ts";

export interface NewMeeting {
  title?: string;
  description?: string;
  type: "instant" | "scheduled" | "recurring";
  scheduled_start_time?: string;
  scheduled_end_time?: string;
  recurrence?: { rule: string; timezone: string };
  settings?: {
    password?: string;
    require_auth?: boolean;
    allow_guests?: boolean;
    waiting_room?: boolean;
    mute_on_entry?: boolean;
    max_participants?: number;
    reminder_minutes?: number;
  };
}

const at = (reference: string): string => `/v1/meetings/${encodeURIComponent(reference)}`;

export function createMeeting(body: NewMeeting): Promise<Meeting> {
  const headers = { "idempotency-key": crypto.randomUUID() };
  return call("/v1/meetings", { method: "POST", body, headers, credentials });
}

export function myMeetings(cursor: string | null): Promise<{ items: Meeting[]; next_cursor: string | null }> {
  const query = new URLSearchParams({ limit: "20", ...(cursor ? { cursor } : {}) });
  return call(`/v1/meetings?${query}`, { credentials });
}

export function cancelMeeting(id: string): Promise<void> {
  return call(at(id), { method: "DELETE", credentials });
}

export function findMeeting(reference: string): Promise<Meeting> {
  return call(at(reference), { credentials: visitor(reference) });
}

/** Everyone who is in; a host's list has those who left, too. */
export async function listParticipants(reference: string): Promise<Participant[]> {
  const path = `${at(reference)}/participants`;
  return (await call<{ items: Participant[] }>(path, { credentials: visitor(reference) })).items;
}

export async function joinMeeting(
  reference: string,
  body: { display_name?: string; password?: string },
): Promise<JoinReply> {
  const token = invitation(reference);
  const reply = await call<JoinReply>(`${at(reference)}/join`, {
    method: "POST",
    body: { ...body, ...(token ? { invitation: token } : {}) },
    credentials: visitor(reference),
  }).catch((error) => {
    // One that is good no more would stand in the way of the password.
    if (token && error instanceof Problem && error.slug.startsWith("invitation_"))
      remember(`invitation.${reference}`, null, thisTab);
    throw error;
  });
  // Someone signed in comes back as themselves and gets no token of a guest.
  if (reply.participant_token) remember(`participant.${reference}`, reply.participant_token, thisTab);
  return reply;
}

/**
 * The invitation by which this tab has come. From a letter it is in the address, and is taken out of it: what
 * stands there is passed on and kept.
 */
export function invitation(reference: string): string | null {
  const name = `invitation.${reference}`;
  const query = new URLSearchParams(location.search);
  const given = query.get("invitation");
  if (given && location.pathname === `/m/${reference}`) {
    remember(name, /^inv_[\w-]{43}$/.test(given) ? given : null, thisTab);
    query.delete("invitation");
    history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
  }
  return remembered<string | null>(name, null, thisTab);
}

/** A one-time ticket for another socket of someone who is in already. */
export async function freshTicket(reference: string, entry: JoinReply): Promise<Ticket> {
  const credentials = visitor(reference);
  const reply = await call<{ ticket: string; endpoint?: string }>("/v1/socket-tickets", {
    method: "POST",
    body: {},
    credentials,
  });
  return { ticket: reply.ticket, endpoint: reply.endpoint ?? entry.controller.endpoint };
}

/**
 * Who asks in a meeting: the account if signed in, else the guest this tab has been in it before, so that a
 * reload does not make a second person of them.
 */
export function visitor(reference: string): Credentials {
  const guest = () => remembered<string | null>(`participant.${reference}`, null, thisTab);
  return {
    token: async () => (await credentials.token()) ?? guest(),
    renew: async () => {
      const renewed = await credentials.renew();
      if (!renewed) remember(`participant.${reference}`, null, thisTab);
      return renewed;
    },
  };
}
