import { describe, expect, test } from "vitest";
import { type Entry, measure, type Snapshot } from "../../src/media/report.ts";

const rtp = (id: string, type: string, kind: string, more: Record<string, unknown>): Entry => ({
  id,
  type,
  kind,
  ...more,
});
const snapshot = (at: number, publish: Entry[], subscribe: Entry[] = []): Snapshot => ({
  at,
  publish,
  subscribe,
});

const before = snapshot(
  1000,
  [
    rtp("a", "outbound-rtp", "audio", { bytesSent: 1000, packetsSent: 100 }),
    rtp("v", "outbound-rtp", "video", { bytesSent: 0, packetsSent: 0, mid: "1" }),
    rtp("ra", "remote-inbound-rtp", "audio", { packetsLost: 5 }),
  ],
  [rtp("i", "inbound-rtp", "audio", { bytesReceived: 500, packetsReceived: 50, packetsLost: 1 })],
);
const after = snapshot(
  11_000,
  [
    rtp("a", "outbound-rtp", "audio", { bytesSent: 41_000, packetsSent: 600 }),
    rtp("v", "outbound-rtp", "video", {
      bytesSent: 1_250_000,
      packetsSent: 1000,
      mid: "1",
      framesPerSecond: 30,
      frameWidth: 1280,
      frameHeight: 720,
    }),
    rtp("ra", "remote-inbound-rtp", "audio", { packetsLost: 10, jitter: 0.0042, roundTripTime: 0.031 }),
    rtp("rv", "remote-inbound-rtp", "video", { packetsLost: 25, jitter: 0.01, roundTripTime: 0.04 }),
    {
      id: "p",
      type: "candidate-pair",
      nominated: true,
      availableOutgoingBitrate: 2_500_000.4,
      localCandidateId: "l",
    },
    { id: "l", type: "local-candidate", networkType: "wifi" },
  ],
  [
    rtp("i", "inbound-rtp", "audio", {
      bytesReceived: 25_500,
      packetsReceived: 1030,
      packetsLost: 21,
      jitter: 0.003,
    }),
  ],
);

describe("ten seconds of media", () => {
  test("become the numbers of the report", () =>
    expect(measure(before, after)).toEqual({
      audio_bitrate: 32_000,
      audio_packet_loss: 1,
      audio_jitter: 4.2,
      audio_rtt: 31,
      video_bitrate: 1_000_000,
      video_packet_loss: 2.5,
      video_rtt: 40,
      video_frame_rate: 30,
      video_resolution: "1280x720",
      uplink_bitrate: 1_032_000,
      uplink_packet_loss: 2,
      uplink_jitter: 10,
      downlink_bitrate: 20_000,
      downlink_packet_loss: 2,
      downlink_jitter: 3,
      bandwidth_available: 2_500_000,
      network_type: "wifi",
    }));

  test("in which nothing was sent have no loss and no frame rate", () => {
    const still = measure(after, { ...after, at: 21_000 });
    expect(still).toEqual({
      audio_bitrate: 0,
      video_bitrate: 0,
      uplink_bitrate: 0,
      downlink_bitrate: 0,
      network_type: "wifi",
    });
  });

  test("with counters that went down make no negative numbers", () => {
    for (const value of Object.values(measure(after, { ...before, at: 21_000 }))) {
      expect(value).toBeGreaterThanOrEqual(0);
    }
  });

  test("of no length say nothing", () => expect(measure(after, after)).toEqual({}));

  test("with a loss told twice never exceed a hundred percent", () => {
    const lost = snapshot(11_000, [
      rtp("a", "outbound-rtp", "audio", { bytesSent: 2000, packetsSent: 110 }),
      rtp("ra", "remote-inbound-rtp", "audio", { packetsLost: 500 }),
    ]);
    expect(measure(before, lost).audio_packet_loss).toBe(100);
  });
});
