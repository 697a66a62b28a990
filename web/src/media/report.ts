/** What this browser measures of its own media in ten seconds, for the node (docs/protocol/media.md, F11). */

export const REPORT_MS = 10_000;
const CAMERA_MID = "1";

export type Entry = Record<string, unknown> & { id: string; type: string };

/** Both connections' statistics at one moment. */
export interface Snapshot {
  /** ms */
  at: number;
  publish: readonly Entry[];
  subscribe: readonly Entry[];
}

export interface Measures {
  audio_bitrate?: number;
  audio_packet_loss?: number;
  audio_jitter?: number;
  audio_rtt?: number;
  video_bitrate?: number;
  video_packet_loss?: number;
  video_frame_rate?: number;
  video_resolution?: string;
  video_rtt?: number;
  uplink_bitrate?: number;
  uplink_packet_loss?: number;
  uplink_jitter?: number;
  downlink_bitrate?: number;
  downlink_packet_loss?: number;
  downlink_jitter?: number;
  network_type?: string;
  bandwidth_available?: number;
  cpu_usage?: number;
  memory_usage?: number;
}

/** Bit/s, losses in percent, times in ms. What a browser does not tell is left out. */
export function measure(before: Snapshot, now: Snapshot): Measures {
  const seconds = (now.at - before.at) / 1000;
  if (!(seconds > 0)) return {};
  const sent = (kind: string) => pick(now.publish, "outbound-rtp", kind);
  const heard = (kind: string) => pick(now.publish, "remote-inbound-rtp", kind);
  const measures: Measures = {};
  for (const kind of ["audio", "video"] as const) {
    const bitrate = (8 * grown(before.publish, sent(kind), "bytesSent")) / seconds;
    if (sent(kind).length > 0) measures[`${kind}_bitrate`] = Math.round(bitrate);
    if (bitrate === 0) continue;
    const loss = lossOf(before.publish, sent(kind), "packetsSent", heard(kind));
    if (loss !== undefined) measures[`${kind}_packet_loss`] = loss;
    const trip = highest(heard(kind), "roundTripTime");
    if (trip !== undefined) measures[`${kind}_rtt`] = Math.round(trip * 1000);
    const jitter = kind === "audio" ? highest(heard(kind), "jitter") : undefined;
    if (jitter !== undefined) measures.audio_jitter = milliseconds(jitter);
  }
  Object.assign(measures, camera(before, now), direction(before, now, seconds), network(now, measures));
  return measures;
}

function direction(before: Snapshot, now: Snapshot, seconds: number): Measures {
  const out = pick(now.publish, "outbound-rtp");
  const heard = pick(now.publish, "remote-inbound-rtp");
  const incoming = pick(now.subscribe, "inbound-rtp");
  const measures: Measures = {
    uplink_bitrate: Math.round((8 * grown(before.publish, out, "bytesSent")) / seconds),
    downlink_bitrate: Math.round((8 * grown(before.subscribe, incoming, "bytesReceived")) / seconds),
  };
  const up = measures.uplink_bitrate ? lossOf(before.publish, out, "packetsSent", heard) : undefined;
  if (up !== undefined) measures.uplink_packet_loss = up;
  const upJitter = measures.uplink_bitrate ? highest(heard, "jitter") : undefined;
  if (upJitter !== undefined) measures.uplink_jitter = milliseconds(upJitter);
  const flowing = incoming.filter((entry) => grown(before.subscribe, [entry], "bytesReceived") > 0);
  const received = grown(before.subscribe, flowing, "packetsReceived");
  const lost = grown(before.subscribe, flowing, "packetsLost");
  if (received > 0) measures.downlink_packet_loss = percent(lost / (received + lost));
  const jitter = highest(flowing, "jitter");
  if (jitter !== undefined) measures.downlink_jitter = milliseconds(jitter);
  return measures;
}

/** The camera's largest layer. A shared screen may rightly stand still, so its frame rate says nothing. */
function camera(before: Snapshot, now: Snapshot): Measures {
  const layers = pick(now.publish, "outbound-rtp", "video").filter(
    (entry) => entry.mid === CAMERA_MID && grown(before.publish, [entry], "bytesSent") > 0,
  );
  const largest = layers.sort((a, b) => number(b, "frameWidth") - number(a, "frameWidth"))[0];
  if (!largest) return {};
  const measures: Measures = {};
  const rate = highest(layers, "framesPerSecond");
  if (rate !== undefined) measures.video_frame_rate = rate;
  const [width, height] = [number(largest, "frameWidth"), number(largest, "frameHeight")];
  if (width > 0 && height > 0) measures.video_resolution = `${width}x${height}`;
  return measures;
}

function network(now: Snapshot, measures: Measures): Measures {
  const pair = now.publish.find((entry) => entry.type === "candidate-pair" && entry.nominated);
  const found: Measures = {};
  const available = pair?.availableOutgoingBitrate;
  // Without video nothing probes for bandwidth: the estimate stays where it began.
  if (typeof available === "number" && measures.video_bitrate) {
    found.bandwidth_available = Math.round(available);
  }
  const trip = pair?.currentRoundTripTime;
  if (measures.audio_rtt === undefined && typeof trip === "number") found.audio_rtt = Math.round(trip * 1000);
  const local = pair && now.publish.find((entry) => entry.id === pair.localCandidateId);
  const kind = connectionType() ?? local?.networkType;
  if (typeof kind === "string" && kind !== "unknown" && kind !== "none") found.network_type = kind;
  return found;
}

/** Looks at both connections every ten seconds and hands on what happened since the look before. */
export class Reporter {
  #timer: ReturnType<typeof setInterval> | undefined;
  #before: { of: RTCPeerConnection; snapshot: Snapshot } | null = null;
  #pressure = new Pressure();
  #send: (measures: Measures) => void;

  constructor(send: (measures: Measures) => void) {
    this.#send = send;
  }

  start(connections: () => { publish: RTCPeerConnection; subscribe: RTCPeerConnection } | null): void {
    if (this.#timer !== undefined) return;
    this.#pressure.start();
    this.#timer = setInterval(() => {
      const pair = connections();
      if (pair) void this.#look(pair.publish, pair.subscribe).catch(() => undefined);
    }, REPORT_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#before = null;
    this.#pressure.stop();
  }

  async #look(publish: RTCPeerConnection, subscribe: RTCPeerConnection): Promise<void> {
    const [out, incoming] = await Promise.all([publish.getStats(), subscribe.getStats()]);
    const snapshot = { at: performance.now(), publish: entries(out), subscribe: entries(incoming) };
    const before = this.#before;
    this.#before = { of: publish, snapshot };
    // Counters of another connection begin anew.
    if (before?.of !== publish) return;
    this.#send({ ...measure(before.snapshot, snapshot), ...this.#pressure.cpu(), ...memory() });
  }
}

/** How busy the processor is, where the browser tells (Compute Pressure): four words, as the middle of each. */
class Pressure {
  static readonly #percent: Record<string, number> = { nominal: 30, fair: 65, serious: 88, critical: 98 };
  #observer: { disconnect(): void } | null = null;
  #state: string | null = null;

  start(): void {
    type Observer = {
      observe(source: "cpu", options: { sampleInterval: number }): Promise<void>;
      disconnect(): void;
    };
    type Made = new (told: (records: { state: string }[]) => void) => Observer;
    const made = (globalThis as { PressureObserver?: Made }).PressureObserver;
    if (!made) return;
    const observer = new made((records) => {
      this.#state = records.at(-1)?.state ?? null;
    });
    this.#observer = observer;
    observer.observe("cpu", { sampleInterval: 2000 }).catch(() => undefined);
  }

  stop(): void {
    this.#observer?.disconnect();
    this.#observer = null;
    this.#state = null;
  }

  cpu(): Measures {
    const percentage = this.#state ? Pressure.#percent[this.#state] : undefined;
    return percentage === undefined ? {} : { cpu_usage: percentage };
  }
}

function memory(): Measures {
  const used = (performance as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize;
  return typeof used === "number" ? { memory_usage: Math.round(used / 1e6) } : {};
}

function connectionType(): string | undefined {
  return (navigator as { connection?: { type?: string } }).connection?.type;
}

const entries = (report: RTCStatsReport): Entry[] => [...report.values()] as Entry[];

function pick(all: readonly Entry[], type: string, kind?: string): Entry[] {
  return all.filter((entry) => entry.type === type && (kind === undefined || entry.kind === kind));
}

function number(entry: Entry, name: string): number {
  const value = entry[name];
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** By how much a counter rose, stream by stream: one that went down began anew and counts from nothing. */
function grown(before: readonly Entry[], now: readonly Entry[], name: string): number {
  let sum = 0;
  for (const entry of now) {
    const old = before.find((other) => other.id === entry.id);
    sum += Math.max(0, number(entry, name) - (old ? number(old, name) : 0));
  }
  return sum;
}

function lossOf(
  before: readonly Entry[],
  sent: readonly Entry[],
  counter: string,
  heard: readonly Entry[],
): number | undefined {
  const packets = grown(before, sent, counter);
  if (packets === 0 || heard.length === 0) return undefined;
  return percent(Math.min(1, grown(before, heard, "packetsLost") / packets));
}

function highest(all: readonly Entry[], name: string): number | undefined {
  const values = all.map((entry) => entry[name]).filter((value) => typeof value === "number");
  return values.length > 0 ? Math.max(...(values as number[])) : undefined;
}

const percent = (share: number): number => Math.round(share * 10_000) / 100;
const milliseconds = (seconds: number): number => Math.round(seconds * 100_000) / 100;
