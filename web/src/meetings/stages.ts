/** The stages of a way through a meeting, and what the server says at its door. */

import type { Message } from "../chat/model.ts";
import type { Problem } from "../delivery/problem.ts";
import type { NodeSession } from "../media/model.ts";
import type { Breakouts } from "./breakouts.ts";
import type { Meeting, Participant } from "./model.ts";

export type GoneReason =
  | "left"
  | "ended"
  | "ended_by_you"
  | "removed"
  | "denied"
  | "lost"
  | "cancelled"
  | "elsewhere";
export type Stage =
  | { at: "loading" }
  | { at: "missing"; problem: Problem }
  | { at: "prejoin" }
  | { at: "waiting" }
  | { at: "in" }
  | { at: "returning" }
  | { at: "gone"; reason: GoneReason };

/** Where one stands before a meeting as it is found. */
export function stageBefore({ status }: Meeting): Stage {
  const over = status === "ended" || status === "cancelled" ? status : null;
  return over ? { at: "gone", reason: over } : { at: "prejoin" };
}

/** The answer to `join` on the socket: all one needs to be in the meeting. */
export interface JoinedReply {
  meeting: Meeting;
  self: Participant;
  /** Perhaps not all: then `participants_total` is higher. */
  participants: Participant[];
  participants_total?: number;
  media: NodeSession | null;
  chat: { chat_id: string; messages: Message[] } | null;
  lobby?: Participant[];
  breakouts?: Breakouts | null;
  scopes: Record<string, number>;
}

export interface MediaReply {
  media: NodeSession | null;
}
