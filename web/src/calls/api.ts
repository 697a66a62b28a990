/** Calls over REST and over the page's socket. */

import { device } from "../delivery/device.ts";
import { call as request } from "../delivery/http.ts";
import { credentials } from "../identity/session.ts";
import type { JoinReply } from "../meetings/model.ts";
import type { Call, InCall, MediaType } from "./model.ts";

export type Target = { chatId: string } | { userIds: string[] };
export type Filter = "all" | "missed" | "incoming" | "outgoing";

export function start(target: Target, mediaType: MediaType): Promise<InCall> {
  const whom = "chatId" in target ? { chat_id: target.chatId } : { user_ids: target.userIds };
  return device.request("call.start", { ...whom, media_type: mediaType });
}

export function answer(callId: string): Promise<InCall> {
  return device.request("call.answer", { call_id: callId });
}

/** Into a call that goes on, or back into it. */
export function come(callId: string): Promise<InCall> {
  return device.request("call.join", { call_id: callId });
}

export async function comeBack(callId: string): Promise<JoinReply> {
  return (await come(callId)).join as JoinReply;
}

export function decline(callId: string): Promise<unknown> {
  return device.request("call.decline", { call_id: callId });
}

export function cancel(callId: string): Promise<unknown> {
  return device.request("call.cancel", { call_id: callId });
}

export function invite(callId: string, userIds: string[]): Promise<{ call: Call }> {
  return device.request("call.invite", { call_id: callId, user_ids: userIds });
}

/** One lives, and hears whether the call still goes on. */
export async function ping(callId: string): Promise<boolean> {
  return (await device.request<{ open: boolean }>("call.ping", { call_id: callId })).open;
}

/** Over REST, for when the socket is away or the page is about to be. */
export function leave(callId: string): Promise<{ call: Call }> {
  return request(`/v1/calls/${callId}/leave`, { method: "POST", body: {}, credentials, keepalive: true });
}

export function read(callId: string): Promise<Call> {
  return request(`/v1/calls/${callId}`, { credentials });
}

export function ringingNow(): Promise<{ items: Call[] }> {
  return request("/v1/calls?state=ringing&status=ringing&limit=10", { credentials });
}

/** Groups in which others have answered ring for the rest. */
export function goingOn(): Promise<{ items: Call[] }> {
  return request("/v1/calls?state=ringing&status=answered&limit=10", { credentials });
}

export function history(
  filter: Filter,
  cursor: string | null,
): Promise<{ items: Call[]; next_cursor: string | null }> {
  const wanted: Record<Filter, Record<string, string>> = {
    all: {},
    missed: { state: "missed" },
    incoming: { direction: "incoming" },
    outgoing: { direction: "outgoing" },
  };
  const query = new URLSearchParams({ limit: "25", ...wanted[filter], ...(cursor ? { cursor } : {}) });
  return request(`/v1/calls?${query}`, { credentials });
}
