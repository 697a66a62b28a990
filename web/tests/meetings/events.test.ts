import { expect, test } from "vitest";
import { listed } from "../../src/meetings/comings.ts";
import { consequenceOf } from "../../src/meetings/events.ts";

const me = { meetingId: "m", participantId: "me" };
const told = (event: string, data: Record<string, unknown>, scope = "user") =>
  consequenceOf({ scope, seq: 1, event, data }, me);

test.each([
  ["lobby.admitted", { do: "knock" }],
  ["lobby.denied", { do: "gone", reason: "denied" }],
  ["participant.removed", { do: "gone", reason: "removed" }],
  ["mute.requested", { do: "mute" }],
])("%s about oneself", (event, consequence) => {
  expect(told(event, { meeting_id: "m", participant_id: "me" })).toEqual(consequence);
});

test("what is said of others changes the room, also in one's own scope", () => {
  expect(told("lobby.left", { meeting_id: "m", participant_id: "other" })).toEqual({ do: "room" });
  expect(told("participant.left", { participant_id: "other", reason: "kicked" }, "meeting:m")).toEqual({
    do: "room",
  });
});

test.each([
  ["kicked", { do: "gone", reason: "removed" }],
  ["meeting_ended", { do: "gone", reason: "ended" }],
  ["voluntary", { do: "gone", reason: "left" }],
  ["connection_lost", { do: "return" }],
])("having left by %s", (reason, consequence) => {
  expect(told("participant.left", { participant_id: "me", reason }, "meeting:m")).toEqual(consequence);
});

test("another meeting of the same person is no concern of this page", () => {
  expect(told("participant.removed", { meeting_id: "n", participant_id: "me" })).toEqual({ do: "nothing" });
});

test("names of several become one note", () => {
  const plain = (names: string[]) => listed(names).replace(/[\u2068\u2069]/g, "");
  expect(plain(["Ada"])).toBe("Ada");
  expect(plain(["Ada", "Bela"])).toBe("Ada and Bela");
  expect(plain(["Ada", "Bela", "Cleo"])).toBe("Ada, Bela and 1 other");
  expect(plain(["x".repeat(60)])).toBe(`${"x".repeat(27)}…`);
});

test("what is said and typed is the chat's", () => {
  for (const event of ["message.created", "message.updated", "chat.typing"])
    expect(told(event, {}, "chat:m")).toEqual({ do: "chat" });
});
