import { expect, test } from "vitest";
import type { StreamType } from "../../src/media/model.ts";
import { Published } from "../../src/media/published.ts";

const track = (name: string) => ({ id: name }) as MediaStreamTrack;

test("an offer names all four streams, and nothing is active without a track", () => {
  const published = new Published();
  published.set("microphone", track("mic"), true);
  published.set("camera", null, true);
  const { sdp, streams } = published.offer("v=0");
  expect(sdp).toBe("v=0");
  expect(streams.map((s) => [s.mid, s.type, s.active])).toEqual([
    ["0", "microphone", true],
    ["1", "camera", false],
    ["2", "screen", false],
    ["3", "screen_audio", false],
  ]);
});

test("a new pair gets the tracks there are, and the node hears which are active", async () => {
  const published = new Published();
  published.set("microphone", track("mic"), false);
  published.set("camera", track("cam"), true);
  const attached: Record<string, string | undefined> = {};
  const sender = (type: StreamType) => {
    const replaceTrack = async (one: MediaStreamTrack | null) => {
      attached[type] = one?.id;
    };
    return { replaceTrack } as RTCRtpSender;
  };
  await published.attach({ sender });
  expect(attached).toEqual({ microphone: "mic", camera: "cam" });
  const told: unknown[] = [];
  const pair = { send: (message: unknown) => told.push(message) > 0 };
  published.tell(pair, ["camera"]);
  published.tell(null);
  expect(told).toEqual([{ op: "stream", mid: "1", active: true }]);
});

test("only another track is another one", () => {
  const published = new Published();
  const mic = track("mic");
  expect(published.set("microphone", null, false)).toBe(false);
  expect(published.set("microphone", mic, true)).toBe(true);
  expect(published.set("microphone", mic, false)).toBe(false);
  expect(published.set("microphone", null, false)).toBe(true);
});
