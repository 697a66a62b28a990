import { describe, expect, it } from "vitest";
import {
  type Call,
  type CallState,
  duration,
  faceOf,
  isOlder,
  outcomeOf,
  stateOf,
  titleOf,
} from "../../src/calls/model.ts";

const ADA = "ada";
const BOB = "bob";

function person(user_id: string, state: CallState) {
  const display_name = user_id.charAt(0).toUpperCase() + user_id.slice(1);
  return { user_id, display_name, avatar_url: null, state, updated_at: "2026-03-01T12:00:00Z" };
}

function made(change: Partial<Call> = {}): Call {
  return {
    id: "call",
    chat_id: "chat",
    chat_title: null,
    kind: "one_to_one",
    media_type: "audio",
    status: "ended",
    initiator: person(ADA, "ended"),
    participants: [person(ADA, "ended"), person(BOB, "ended")],
    message_id: null,
    created_at: "2026-03-01T12:00:00Z",
    answered_at: null,
    ended_at: null,
    end_reason: null,
    ended_by: null,
    duration_seconds: null,
    ...change,
  };
}

describe("what a call is called", () => {
  it("has the name of the other, for each of the two", () => {
    expect(titleOf(made(), ADA)).toBe("Bob");
    expect(titleOf(made(), BOB)).toBe("Ada");
    expect(faceOf(made(), BOB)).toEqual({ name: "Ada", id: ADA, url: null });
  });

  it("has the group's title, or names the others", () => {
    const group = made({
      kind: "group",
      participants: [ADA, BOB, "cy", "dee"].map((id) => person(id, "ended")),
    });
    expect(titleOf(group, ADA)).toBe("Bob, Cy, and Dee");
    expect(titleOf({ ...group, chat_title: "Team" }, ADA)).toBe("Team");
    expect(faceOf({ ...group, chat_title: "Team" }, ADA)).toEqual({ name: "Team", id: "chat", url: null });
  });

  it("does not name who began it where that is not told, while another talks", () => {
    const unnamed = made({
      kind: "group",
      initiator: null,
      participants: [person(ADA, "initiator"), person("cy", "answered"), person(BOB, "ringing")],
    });
    expect(titleOf(unnamed, BOB)).toBe("Cy");
    expect(titleOf({ ...unnamed, chat_title: "Team" }, BOB)).toBe("Team");
  });

  it("has some name where everybody else is gone", () => {
    expect(titleOf(made({ participants: [person(ADA, "ended")] }), ADA)).toBe("Call");
  });
});

describe("what came of a call", () => {
  it.each<[Partial<Call>, CallState, string, string]>([
    [{ status: "missed" }, "missed", "No answer", "Missed"],
    [{ status: "cancelled" }, "missed", "Cancelled", "Missed"],
    [{ status: "declined" }, "declined", "Declined", "You declined"],
    [{ status: "busy" }, "busy", "They were in another call", "You were in a call"],
    [{ status: "ended" }, "ended", "Outgoing", "Incoming"],
    [{ status: "ringing" }, "ringing", "Ringing now", "Ringing now"],
    [{ status: "answered" }, "answered", "Going on now", "Going on now"],
  ])("%o reads differently on its two sides", (change, state, caller, called) => {
    const call = made({ ...change, participants: [person(ADA, "ended"), person(BOB, state)] });
    expect(outcomeOf(call, ADA)).toBe(caller);
    expect(outcomeOf(call, BOB)).toBe(called);
    expect(stateOf(call, BOB)).toBe(state);
    expect(stateOf(call, undefined)).toBeUndefined();
  });
});

it("tells a duration as clocks do", () => {
  expect([0, 5, 65, 600, 3665].map(duration)).toEqual(["0:00", "0:05", "1:05", "10:00", "1:01:05"]);
});

describe("which of two pictures of a call is from before", () => {
  const at = (minute: number) => `2026-03-01T12:0${minute}:00Z`;
  const ringing = made({ status: "ringing" });
  const answered = made({ status: "answered" });

  it("goes by how far it has come", () => {
    expect(isOlder(ringing, answered)).toBe(true);
    expect(isOlder(answered, made({ status: "missed" }))).toBe(true);
    expect(isOlder(made({ status: "declined" }), answered)).toBe(false);
  });

  it("goes by its people otherwise: one has declined, and at the same moment another has answered", () => {
    const people = [person(ADA, "initiator"), person(BOB, "declined")];
    const cyd = person("cyd", "answered");
    const later = made({ status: "answered", participants: [...people, { ...cyd, updated_at: at(1) }] });
    const earlier = made({ status: "answered", participants: [...people, cyd] });
    expect(isOlder(earlier, later)).toBe(true);
    expect(isOlder(later, earlier)).toBe(false);
    expect(isOlder(made({ status: "answered", participants: people }), later)).toBe(true);
    expect(isOlder(later, later)).toBe(false);
  });
});
