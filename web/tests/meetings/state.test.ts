import { describe, expect, test } from "vitest";
import type { Meeting, Participant } from "../../src/meetings/model.ts";
import {
  catchUp,
  complete,
  expireReactions,
  patch,
  REACTION_MS,
  type RoomState,
  reduce,
  reload,
  startRoom,
} from "../../src/meetings/state.ts";

const meeting = { id: "m", code: "abc-defg-hij", title: "Plan", settings: {} } as Meeting;

function person(id: string, more: Partial<Participant> = {}): Participant {
  return {
    id,
    user_id: null,
    display_name: id,
    role: "participant",
    status: "joined",
    muted: false,
    video_on: false,
    screen_sharing: false,
    hand_raised: false,
    joined_at: null,
    connection: "connected",
    version: 1,
    ...more,
  };
}

const start = (participants: Participant[] = [person("ada")], lobby: Participant[] = []): RoomState =>
  startRoom({ meeting, self: person("me"), participants, lobby });
const happen = (state: RoomState, event: string, data: Record<string, unknown>, now = 0): RoomState =>
  reduce(state, { scope: "meeting:m", seq: 1, event, data }, now);
const ids = (state: RoomState): string[] => [...state.participants.keys()].sort();

describe("the roster", () => {
  test("starts with everyone in the snapshot and oneself once", () => {
    expect(ids(start([person("ada"), person("me")]))).toEqual(["ada", "me"]);
  });

  test("gains who joins and loses who leaves", () => {
    const joined = happen(start(), "participant.joined", { participant: person("bob") });
    expect(ids(joined)).toEqual(["ada", "bob", "me"]);
    expect(ids(happen(joined, "participant.left", { participant_id: "ada", reason: "voluntary" }))).toEqual([
      "bob",
      "me",
    ]);
  });

  test("keeps the later of two changes, whichever is told first", () => {
    const told = (muted: boolean, version: number) => ({ participant: person("ada", { muted, version }) });
    const both = happen(
      happen(start(), "participant.updated", told(true, 3)),
      "participant.updated",
      told(false, 2),
    );
    expect(both.participants.get("ada")?.muted).toBe(true);
    expect(reload(both, [person("ada"), person("me")]).participants.get("ada")?.muted).toBe(true);
    expect(happen(both, "participant.updated", told(false, 4)).participants.get("ada")?.muted).toBe(false);
  });

  test("does not bring back who has left, when a change of theirs is told late", () => {
    const left = happen(start(), "participant.left", { participant_id: "ada", reason: "voluntary" });
    const late = happen(left, "participant.updated", { participant: person("ada", { hand_raised: true }) });
    expect(ids(late)).toEqual(["me"]);
    expect(late.hands).toEqual([]);
  });

  test("shows changes, and takes away who is no longer joined", () => {
    const muted = happen(start(), "participant.updated", { participant: person("ada", { muted: true }) });
    expect(muted.participants.get("ada")?.muted).toBe(true);
    const gone = happen(muted, "participant.updated", { participant: person("ada", { status: "left" }) });
    expect(ids(gone)).toEqual(["me"]);
  });

  test("is not changed by events about people who are not there", () => {
    const state = start();
    expect(happen(state, "participant.left", { participant_id: "nobody" })).toBe(state);
    expect(happen(state, "unheard.of", {})).toBe(state);
    expect(patch(state, "nobody", { muted: true })).toBe(state);
  });

  test("never mutates the state before", () => {
    const state = start();
    happen(state, "participant.joined", { participant: person("bob") });
    expect(ids(state)).toEqual(["ada", "me"]);
  });
});

describe("raised hands", () => {
  test("keep the order in which they went up", () => {
    let state = start([person("ada"), person("bob"), person("cy", { hand_raised: true })]);
    state = happen(state, "participant.updated", { participant: person("bob", { hand_raised: true }) });
    state = happen(state, "participant.updated", { participant: person("ada", { hand_raised: true }) });
    state = happen(state, "participant.updated", {
      participant: person("bob", { hand_raised: true, muted: true }),
    });
    expect(state.hands).toEqual(["cy", "bob", "ada"]);
    state = happen(state, "participant.updated", { participant: person("bob") });
    expect(state.hands).toEqual(["cy", "ada"]);
    expect(happen(state, "participant.left", { participant_id: "cy" }).hands).toEqual(["ada"]);
  });

  test("keep their order when the roster is loaded afresh", () => {
    let state = start([person("ada"), person("bob")]);
    state = patch(patch(state, "bob", { hand_raised: true }), "ada", { hand_raised: true });
    const roster = ["me", "ada", "bob", "cy"].map((id) => person(id, { hand_raised: id !== "me" }));
    expect(reload(state, roster).hands).toEqual(["bob", "ada", "cy"]);
  });
});

describe("the lobby", () => {
  test("gains who waits, once each, and loses who is admitted, denied or gives up", () => {
    let state = start([], [person("w1", { status: "waiting" })]);
    for (const id of ["w2", "w3", "w2"])
      state = happen(state, "lobby.waiting", { participant: person(id, { status: "waiting" }) });
    expect(state.lobby.map((p) => p.id)).toEqual(["w1", "w3", "w2"]);
    state = happen(state, "lobby.admitted", { participant_id: "w1" });
    state = happen(state, "lobby.denied", { participant_id: "w3" });
    expect(state.lobby.map((p) => p.id)).toEqual(["w2"]);
    expect(happen(state, "lobby.left", { participant_id: "w2" }).lobby).toEqual([]);
  });

  test("loses who has come in", () => {
    const state = start([], [person("w1", { status: "waiting" })]);
    expect(happen(state, "participant.joined", { participant: person("w1") }).lobby).toEqual([]);
  });
});

describe("reactions", () => {
  test("have different keys, and go after a while", () => {
    let state = happen(start(), "reaction", { participant_id: "ada", emoji: "👍" }, 1000);
    state = happen(state, "reaction", { participant_id: "ada", emoji: "👍" }, 2000);
    expect(new Set(state.reactions.map((r) => r.key)).size).toBe(2);
    expect(expireReactions(state, 1000 + REACTION_MS).reactions.length).toBe(1);
    expect(expireReactions(state, 1500)).toBe(state);
  });

  test("of a storm are bounded", () => {
    let state = start();
    for (let i = 0; i < 100; i++) state = happen(state, "reaction", { participant_id: "ada", emoji: "🎉" });
    expect(state.reactions.length).toBe(30);
  });
});

test("after an absence the roster and the lobby are taken as told, and kept when not", () => {
  const state = start([person("ada")], [person("w1", { status: "waiting" })]);
  expect(catchUp(state, { self: person("me") })).toBe(state);
  expect(catchUp(state, { lobby: [] }).lobby).toEqual([]);
  const roster = catchUp(state, {
    self: person("me", { muted: true }),
    participants: [person("bob"), person("me")],
  });
  expect(ids(roster)).toEqual(["bob", "me"]);
  expect(roster.participants.get("me")?.muted).toBe(true);
  expect(roster.lobby.length).toBe(1);
});

test("a changed meeting keeps what the change leaves out", () => {
  const state = happen(start(), "meeting.updated", { meeting: { id: "m", locked: true } });
  expect(state.meeting).toMatchObject({ title: "Plan", locked: true });
});

test("the end of the meeting is known with its reason", () => {
  expect(happen(start(), "meeting.ended", { reason: "host_ended" }).ended).toBe("host_ended");
});

test("a shortened roster is completed without undoing what events have told", () => {
  const state = happen(start([person("ada")]), "participant.updated", {
    participant: person("ada", { muted: true }),
  });
  const whole = complete(state, [person("ada"), person("bela"), person("gone", { status: "left" })]);
  expect(ids(whole)).toEqual(["ada", "bela", "me"]);
  expect(whole.participants.get("ada")?.muted).toBe(true);
});
