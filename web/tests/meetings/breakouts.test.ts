import { signal } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import { type Breakouts, BreakoutWatch, remaining } from "../../src/meetings/breakouts.ts";
import type { Meeting, Participant } from "../../src/meetings/model.ts";
import { isNear, type RoomState, reduce, reload, startRoom } from "../../src/meetings/state.ts";

const person = (id: string, more: Partial<Participant> = {}): Participant => ({
  id,
  user_id: null,
  display_name: id,
  role: "participant",
  status: "joined",
  muted: false,
  video_on: false,
  screen_sharing: false,
  hand_raised: false,
  joined_at: "2026-01-01T00:00:00Z",
  connection: "connected",
  version: 1,
  ...more,
});
const rooms: Breakouts = {
  status: "open",
  by_choice: false,
  ends_at: null,
  rooms: [
    { id: "red", name: "Red" },
    { id: "blue", name: "Blue" },
  ],
  assignments: {},
};
const start = (): RoomState =>
  startRoom({
    meeting: { id: "m" } as Meeting,
    self: person("me"),
    participants: [person("ada"), person("bob")],
  });
const updated = (moved: Record<string, string | null>, breakouts = rooms, version = 2) => ({
  scope: "meeting:m",
  seq: 1,
  event: "breakouts.updated",
  data: {
    breakouts,
    moved,
    versions: Object.fromEntries(Object.keys(moved).map((id) => [id, version])),
  },
});
const told = (version: number, more: Partial<Participant> = {}) => ({
  scope: "meeting:m",
  seq: 2,
  event: "participant.updated",
  data: { participant: person("ada", { version, breakout_id: null, ...more }) },
});

describe("breakout rooms", () => {
  it("change where people are, and who is near", () => {
    const state = reduce(start(), updated({ me: "red", ada: "red" }), 0);
    const near = [...state.participants.values()].filter((p) => isNear(state, p)).map((p) => p.id);
    expect(near.sort()).toEqual(["ada", "me"]);
    expect(state.breakouts).toEqual(rooms);
    const back = reduce(state, updated({ me: null, ada: null }, { ...rooms, status: "closed" }), 0);
    expect([...back.participants.values()].every((p) => isNear(back, p))).toBe(true);
  });

  it("are not left by what is told late of somebody in the room before, and the rest of it counts", () => {
    const moved = reduce(start(), updated({ ada: "red" }, rooms, 3), 0);
    const late = reduce(moved, told(2, { muted: true }), 0);
    expect(late.participants.get("ada")).toMatchObject({ breakout_id: "red", muted: true });
    const caughtUp = reload(moved, [person("ada", { version: 2, muted: true })]);
    expect(caughtUp.participants.get("ada")).toMatchObject({ breakout_id: "red", muted: true });
    const after = reduce(late, told(4, { breakout_id: "blue" }), 0);
    expect(after.participants.get("ada")).toMatchObject({ breakout_id: "blue", muted: false });
  });

  it("are where the later of two moves has led, whichever is told first", () => {
    const later = reduce(start(), updated({ ada: "blue" }, rooms, 4), 0);
    expect(reduce(later, updated({ ada: "red" }, rooms, 3), 0).participants.get("ada")?.breakout_id).toBe(
      "blue",
    );
    const known = reduce(start(), told(5, { breakout_id: "blue" }), 0);
    expect(reduce(known, updated({ ada: "red" }, rooms, 4), 0).participants.get("ada")?.breakout_id).toBe(
      "blue",
    );
  });

  it("ignore somebody who has left meanwhile", () => {
    expect(reduce(start(), updated({ zoe: "red" }), 0).participants.has("zoe")).toBe(false);
  });

  it("keep reactions among those who are near", () => {
    const state = reduce(start(), updated({ ada: "red" }), 0);
    const wave = (id: string) => ({
      scope: "meeting:m",
      seq: 2,
      event: "reaction",
      data: { participant_id: id, emoji: "👋" },
    });
    expect(reduce(state, wave("ada"), 0).reactions).toEqual([]);
    expect(reduce(state, wave("bob"), 0).reactions).toHaveLength(1);
  });

  it("move media once for each room that one is brought to", () => {
    const room = signal<RoomState | null>(start());
    const self = signal<Participant | null>(person("me"));
    const move = vi.fn();
    const watch = new BreakoutWatch({ room, self }, move, async () => undefined);
    watch.entered();
    watch.changed();
    expect(move).not.toHaveBeenCalled();
    self.value = person("me", { breakout_id: "red" });
    watch.changed();
    watch.changed();
    expect(move).toHaveBeenCalledTimes(1);
    self.value = person("me", { breakout_id: null });
    watch.changed();
    expect(move).toHaveBeenCalledTimes(2);
    watch.stop();
  });

  it("tell the server that the time is up, and again if it was too early", async () => {
    vi.useFakeTimers();
    const ends = new Date(Date.now() + 60_000).toISOString();
    const room = signal<RoomState | null>({ ...start(), breakouts: { ...rooms, ends_at: ends } });
    const expire = vi.fn(async () => undefined);
    const watch = new BreakoutWatch({ room, self: signal(person("me")) }, () => undefined, expire);
    watch.entered();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(expire).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(expire).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(expire.mock.calls.length).toBeGreaterThan(1);
    watch.stop();
    vi.useRealTimers();
  });

  it("show the time that is left, and never less than none", () => {
    expect(remaining("2026-01-01T00:04:05Z", Date.parse("2026-01-01T00:00:00Z"))).toBe("4:05");
    expect(remaining("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:01:00Z"))).toBe("0:00");
  });
});
