/** Reads the browser's statistics of a session: for the quality badges and for `window.convoke.stats()`. */

import type { Quality, Reading } from "./quality.ts";
import { rate } from "./quality.ts";
import type { RemoteStream } from "./remote.ts";

export interface RemoteStats {
  stream_id: string;
  participant_id: string;
  type: string;
  active: boolean;
  framesDecoded: number;
  frameWidth: number;
  frameHeight: number;
  framesPerSecond: number;
  freezeCount: number;
  audioLevel: number;
  totalAudioEnergy: number;
  packetsReceived: number;
  packetsLost: number;
  bytesReceived: number;
  jitter: number;
}

type Report = Record<string, unknown>;
const number = (report: Report, name: string): number =>
  typeof report[name] === "number" ? report[name] : 0;

export async function remoteStats(
  connection: RTCPeerConnection,
  streams: readonly RemoteStream<MediaStreamTrack>[],
): Promise<RemoteStats[]> {
  const inbound = new Map<string, Report>();
  for (const report of (await connection.getStats()).values()) {
    if (report.type === "inbound-rtp") inbound.set(report.mid ?? report.trackIdentifier, report);
  }
  return streams.map((stream) => {
    const r = inbound.get(stream.mid) ?? inbound.get(stream.track.id) ?? {};
    return {
      stream_id: stream.streamId,
      participant_id: stream.participantId,
      type: stream.type,
      active: stream.active,
      framesDecoded: number(r, "framesDecoded"),
      frameWidth: number(r, "frameWidth"),
      frameHeight: number(r, "frameHeight"),
      framesPerSecond: number(r, "framesPerSecond"),
      freezeCount: number(r, "freezeCount"),
      audioLevel: number(r, "audioLevel"),
      totalAudioEnergy: number(r, "totalAudioEnergy"),
      packetsReceived: number(r, "packetsReceived"),
      packetsLost: number(r, "packetsLost"),
      bytesReceived: number(r, "bytesReceived"),
      jitter: number(r, "jitter"),
    };
  });
}

export interface PublishStats {
  kind: string;
  mid: string | null;
  framesEncoded: number;
  frameWidth: number;
  frameHeight: number;
  packetsSent: number;
  bytesSent: number;
  qualityLimitationReason: string | null;
}

export async function publishStats(
  connection: RTCPeerConnection,
): Promise<{ streams: PublishStats[]; own: Reading; availableOutgoingBitrate: number | null }> {
  const streams: PublishStats[] = [];
  const own: Reading = { received: 0, lost: 0, jitter: 0, roundTrip: null };
  let available: number | null = null;
  for (const r of (await connection.getStats()).values() as Iterable<Report>) {
    if (r.type === "outbound-rtp") {
      own.received += number(r, "packetsSent");
      streams.push({
        kind: String(r.kind),
        mid: (r.mid as string | undefined) ?? null,
        framesEncoded: number(r, "framesEncoded"),
        frameWidth: number(r, "frameWidth"),
        frameHeight: number(r, "frameHeight"),
        packetsSent: number(r, "packetsSent"),
        bytesSent: number(r, "bytesSent"),
        qualityLimitationReason: (r.qualityLimitationReason as string | undefined) ?? null,
      });
    } else if (r.type === "remote-inbound-rtp") {
      own.lost += number(r, "packetsLost");
      own.jitter = Math.max(own.jitter, number(r, "jitter"));
    } else if (r.type === "candidate-pair" && r.nominated) {
      own.roundTrip = (r.currentRoundTripTime as number | undefined) ?? null;
      available = (r.availableOutgoingBitrate as number | undefined) ?? null;
    }
  }
  return { streams, own, availableOutgoingBitrate: available };
}

/** Compares each reading with the one before it, per participant. */
export class QualityWatch {
  #before = new Map<string, Reading>();

  rate(readings: ReadonlyMap<string, Reading>): Map<string, Quality> {
    const rated = new Map<string, Quality>();
    for (const [id, now] of readings) {
      const before = this.#before.get(id);
      // A count that went down belongs to a new connection.
      if (before && now.received >= before.received) rated.set(id, rate(before, now));
    }
    this.#before = new Map(readings);
    return rated;
  }
}

/** One reading per participant out of all of their streams. */
export function readings(stats: readonly RemoteStats[]): Map<string, Reading> {
  const all = new Map<string, Reading>();
  for (const s of stats) {
    if (!s.active) continue;
    const sum = all.get(s.participant_id) ?? { received: 0, lost: 0, jitter: 0, roundTrip: null };
    sum.received += s.packetsReceived;
    sum.lost += Math.max(0, s.packetsLost);
    sum.jitter = Math.max(sum.jitter, s.jitter);
    all.set(s.participant_id, sum);
  }
  return all;
}
