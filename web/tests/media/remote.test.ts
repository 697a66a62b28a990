import { describe, expect, test } from "vitest";
import { midOf, PUBLISHED, type Slot, type StreamInfo } from "../../src/media/model.ts";
import { remoteStreams, subscriptionChanges } from "../../src/media/remote.ts";

const slot = (mid: string, who: string, type: Slot["type"] = "camera"): Slot => ({
  mid,
  stream_id: `${who}-${type}`,
  participant_id: who,
  type,
});
const info = (who: string, active = true, type: Slot["type"] = "camera"): StreamInfo => ({
  stream_id: `${who}-${type}`,
  participant_id: who,
  type,
  active,
});
const tracks = new Map([
  ["1", "track-1"],
  ["2", "track-2"],
]);

test("the publish connection's m-lines are numbered as the node expects", () => {
  expect(PUBLISHED.map(midOf)).toEqual(["0", "1", "2", "3"]);
});

describe("others' streams", () => {
  test("get the track of their m-line and their state", () => {
    const streams = remoteStreams([slot("1", "ada"), slot("2", "bob")], tracks, [
      info("ada"),
      info("bob", false),
    ]);
    expect(streams.map((s) => [s.participantId, s.track, s.active])).toEqual([
      ["ada", "track-1", true],
      ["bob", "track-2", false],
    ]);
  });

  test("show the new owner when an m-line is used again", () => {
    expect(remoteStreams([slot("1", "ada")], tracks, [])[0]?.participantId).toBe("ada");
    expect(remoteStreams([slot("1", "cy")], tracks, [])[0]?.participantId).toBe("cy");
  });

  test("are left out until their track is there", () => {
    expect(remoteStreams([slot("9", "ada")], tracks, [])).toEqual([]);
  });
});

describe("subscriptions", () => {
  const infos = [info("ada"), info("bob"), info("bob", true, "microphone")];

  test("are given up for cameras that are not shown, never for sound", () => {
    expect(subscriptionChanges(infos, new Set(["ada"]), new Set())).toEqual({
      subscribe: [],
      unsubscribe: ["bob-camera"],
    });
  });

  test("are taken up again when shown", () => {
    const change = subscriptionChanges(infos, new Set(["ada", "bob"]), new Set(["bob-camera"]));
    expect(change).toEqual({ subscribe: ["bob-camera"], unsubscribe: [] });
  });
});
