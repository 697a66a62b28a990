/** What is known of the meeting one is in: a snapshot, then one event after another. Pure. */

import type { ScopedEvent } from "../delivery/sequence.ts";
import type { Breakouts, Moved, Versions } from "./breakouts.ts";
import type { Meeting, Participant } from "./model.ts";

export interface Reaction {
  key: number;
  participantId: string;
  emoji: string;
  at: number;
}

export interface RoomState {
  meeting: Meeting;
  selfId: string;
  participants: ReadonlyMap<string, Participant>;
  lobby: readonly Participant[];
  /** Ids of those with a raised hand, first raised first. */
  hands: readonly string[];
  reactions: readonly Reaction[];
  breakouts: Breakouts | null;
  /** The version of each participant's last move; what is told of an earlier one is from the room before. */
  moves: ReadonlyMap<string, number>;
  ended: string | null;
}

export const REACTION_MS = 5000;

export function startRoom(snapshot: {
  meeting: Meeting;
  self: Participant;
  participants: Participant[];
  lobby?: Participant[];
  breakouts?: Breakouts | null;
}): RoomState {
  const state: RoomState = {
    meeting: snapshot.meeting,
    selfId: snapshot.self.id,
    participants: new Map(),
    lobby: snapshot.lobby ?? [],
    hands: [],
    reactions: [],
    breakouts: snapshot.breakouts ?? null,
    moves: new Map(),
    ended: null,
  };
  return reload(state, [...snapshot.participants, snapshot.self]);
}

/** Replace the roster (after a gap too long to replay), keeping the order of hands that are still up. */
export function reload(state: RoomState, roster: Participant[], lobby?: Participant[]): RoomState {
  const here = roster.filter((p) => p.status === "joined");
  const participants = new Map(here.map((p) => [p.id, later(state, p)]));
  const raised = [...participants.values()].filter((p) => p.hand_raised).map((p) => p.id);
  const kept = state.hands.filter((id) => raised.includes(id));
  const hands = [...kept, ...raised.filter((id) => !kept.includes(id))];
  return { ...state, participants, hands, lobby: lobby ?? state.lobby };
}

/** Functions overtake each other: what is known may be from after what is told, or the room alone may be. */
function later(state: RoomState, told: Participant): Participant {
  const known = state.participants.get(told.id);
  if (!known) return told;
  if (known.version > told.version) return known;
  const moved = (state.moves.get(told.id) ?? 0) > told.version;
  return { ...known, ...told, ...(moved ? { breakout_id: known.breakout_id } : {}) };
}

/** Add those whom a shortened roster left out; what events have told of the others is newer. */
export function complete(state: RoomState, roster: readonly Participant[]): RoomState {
  const missing = roster.filter((p) => p.status === "joined" && !state.participants.has(p.id));
  return missing.reduce(put, state);
}

/** What `resume` tells beside missed events; a missing part has not changed in a way that events do not tell. */
export interface CatchUp {
  self?: Participant;
  participants?: Participant[] | null;
  lobby?: Participant[] | null;
  breakouts?: Breakouts | null;
}

export function catchUp(before: RoomState, { self, participants, lobby, breakouts }: CatchUp): RoomState {
  const state = participants ? { ...before, breakouts: breakouts ?? null } : before;
  if (participants) {
    const others = participants.filter((p) => p.id !== self?.id);
    return reload(state, self ? [...others, self] : others, lobby ?? undefined);
  }
  return lobby ? { ...state, lobby } : state;
}

export function reduce(state: RoomState, event: ScopedEvent, now: number): RoomState {
  const { data } = event;
  switch (event.event) {
    case "participant.joined":
      return put(state, data.participant as Participant);
    case "participant.updated":
      return update(state, data.participant as Participant);
    case "participant.left":
      return remove(state, data.participant_id as string);
    case "participant.removed":
      return data.participant_id === state.selfId ? state : remove(state, data.participant_id as string);
    case "breakouts.updated":
      return relocate(
        { ...state, breakouts: data.breakouts as Breakouts },
        data.moved as Moved,
        data.versions as Versions,
      );
    case "reaction":
      return react(state, data.participant_id as string, data.emoji as string, now);
    case "meeting.updated":
      // Updates may be the reduced form; what it leaves out stays as it was.
      return { ...state, meeting: { ...state.meeting, ...(data.meeting as Meeting) } };
    case "meeting.ended":
      return { ...state, ended: (data.reason as string) || "ended" };
    case "lobby.waiting":
      return { ...state, lobby: wait(state.lobby, data.participant as Participant) };
    case "lobby.left":
    case "lobby.admitted":
    case "lobby.denied":
      return { ...state, lobby: state.lobby.filter((p) => p.id !== data.participant_id) };
    default:
      return state;
  }
}

export function expireReactions(state: RoomState, now: number): RoomState {
  const reactions = state.reactions.filter((r) => now - r.at < REACTION_MS);
  return reactions.length === state.reactions.length ? state : { ...state, reactions };
}

/** Change one participant at once, before the server's event confirms it. */
export function patch(state: RoomState, id: string, change: Partial<Participant>): RoomState {
  const known = state.participants.get(id);
  return known ? put(state, { ...known, ...change }) : state;
}

function put(state: RoomState, participant: Participant): RoomState {
  if (participant.status !== "joined") return remove(state, participant.id);
  const after = later(state, participant);
  if (after === state.participants.get(participant.id)) return state;
  const participants = new Map(state.participants).set(participant.id, after);
  const others = state.hands.filter((id) => id !== participant.id);
  const hands = !participant.hand_raised
    ? others
    : state.hands.includes(participant.id)
      ? state.hands
      : [...state.hands, participant.id];
  return { ...state, participants, hands, lobby: state.lobby.filter((p) => p.id !== participant.id) };
}

/** Functions overtake each other: what is told of somebody who has left meanwhile does not bring them back. */
function update(state: RoomState, participant: Participant): RoomState {
  return state.participants.has(participant.id) ? put(state, participant) : state;
}

function remove(state: RoomState, id: string): RoomState {
  if (!state.participants.has(id)) return state;
  const participants = new Map(state.participants);
  participants.delete(id);
  return { ...state, participants, hands: state.hands.filter((hand) => hand !== id) };
}

/** Only the room is told: of all else, what is told of a version in between is still news. */
function relocate(state: RoomState, moved: Moved, versions: Versions): RoomState {
  const participants = new Map(state.participants);
  const moves = new Map(state.moves);
  for (const [id, room] of Object.entries(moved)) {
    const [participant, version] = [participants.get(id), versions[id] ?? 0];
    if (!participant || Math.max(participant.version, moves.get(id) ?? 0) > version) continue;
    participants.set(id, { ...participant, breakout_id: room });
    moves.set(id, version);
  }
  return { ...state, participants, moves };
}

/** Whether somebody is in the same room as oneself: the main one, or the same breakout room. */
export function isNear(state: RoomState, participant: Participant | undefined): boolean {
  const own = state.participants.get(state.selfId)?.breakout_id ?? null;
  return participant !== undefined && (participant.breakout_id ?? null) === own;
}

function react(state: RoomState, participantId: string, emoji: string, now: number): RoomState {
  if (!isNear(state, state.participants.get(participantId))) return state;
  const key = (state.reactions.at(-1)?.key ?? 0) + 1;
  return { ...state, reactions: [...state.reactions, { key, participantId, emoji, at: now }].slice(-30) };
}

function wait(lobby: readonly Participant[], participant: Participant): Participant[] {
  return [...lobby.filter((p) => p.id !== participant.id), participant];
}
