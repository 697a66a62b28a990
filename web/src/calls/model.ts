/** Calls as the server tells them, and what is told of them here. Pure. */

import type { JoinReply } from "../meetings/model.ts";
import { text } from "../text.ts";

const words = text.calls;

export type MediaType = "audio" | "video";
export type CallStatus = "ringing" | "answered" | "declined" | "missed" | "ended" | "cancelled" | "busy";
export type CallState = "initiator" | "ringing" | "answered" | "declined" | "missed" | "busy" | "ended";

export interface CallPerson {
  user_id: string;
  display_name: string;
  avatar_url: string | null;
}

export interface CallParticipant extends CallPerson {
  state: CallState;
  updated_at: string;
}

export interface Call {
  id: string;
  chat_id: string;
  chat_title: string | null;
  kind: "one_to_one" | "group";
  media_type: MediaType;
  status: CallStatus;
  initiator: CallPerson | null;
  participants: CallParticipant[];
  message_id: string | null;
  created_at: string;
  answered_at: string | null;
  ended_at: string | null;
  end_reason: string | null;
  ended_by: string | null;
  duration_seconds: number | null;
}

export interface InCall {
  call: Call;
  join: JoinReply | null;
}

export const isOpen = (call: { status: CallStatus }): boolean =>
  call.status === "ringing" || call.status === "answered";

export const stateOf = (call: Call, userId: string | undefined): CallState | undefined =>
  call.participants.find((person) => person.user_id === userId)?.state;

/**
 * Whether `told` is from before `known`: functions that work at the same time tell of their steps in any order,
 * and an answer may be late. A call only goes on, and so do the parts that people have in it.
 */
export function isOlder(told: Call, known: Call): boolean {
  const steps: CallStatus[] = ["ringing", "answered"];
  const step = (call: Call) => (isOpen(call) ? steps.indexOf(call.status) : steps.length);
  const age = (call: Call) => call.participants.reduce((sum, each) => sum + Date.parse(each.updated_at), 0);
  return step(told) === step(known) ? age(told) < age(known) : step(told) < step(known);
}

/** What a call is called for one of its people: the group, or the others. */
export function titleOf(call: Call, me: string | undefined): string {
  if (call.chat_title) return call.chat_title;
  const others = call.participants.filter((person) => person.user_id !== me);
  // Where who began it is not named, whoever else talks stands for it.
  const talking = call.initiator ? [] : others.filter((person) => person.state === "answered");
  const named = talking.length > 0 ? talking : others;
  return words.and(named.slice(0, 3).map((person) => person.display_name)) || words.unnamed;
}

/** Whose picture stands for a call. */
export function faceOf(call: Call, me: string | undefined): { name: string; id: string; url: string | null } {
  const other = call.participants.find((person) => person.user_id !== me);
  if (call.kind === "group" || !other) return { name: titleOf(call, me), id: call.chat_id, url: null };
  return { name: other.display_name, id: other.user_id, url: other.avatar_url };
}

/** What became of a call, for one of its people, in a word or two. */
export function outcomeOf(call: Call, me: string | undefined): string {
  const mine = stateOf(call, me);
  if (isOpen(call)) return call.status === "ringing" ? words.state.ringing : words.state.ongoing;
  if (mine === "missed") return words.state.missed;
  if (mine === "busy") return words.state.busy;
  if (mine === "declined") return words.state.declinedByYou;
  const outgoing = call.initiator?.user_id === me;
  switch (call.status) {
    case "busy":
      return words.state.theyWereBusy;
    case "declined":
      return words.state.declined;
    case "missed":
      return words.state.noAnswer;
    case "cancelled":
      return words.state.cancelled;
    default:
      return outgoing ? words.state.outgoing : words.state.incoming;
  }
}

/** 65 → "1:05", 3665 → "1:01:05". */
export function duration(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = two(Math.floor(seconds % 60));
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
