/**
 * The two peer connections of one media session. They share one certificate, so the node knows the
 * fingerprint of the subscribe side from the publish offer and can start before it has an answer.
 */

import { type CameraQuality, MICROPHONE_BITRATE, SCREEN } from "./capture.ts";
import { type FromNode, type NodeSession, PUBLISHED, type Slot, type StreamType } from "./model.ts";
import { offerVersion } from "./sdp.ts";

export interface PairEvents {
  onOpen(): void;
  onMessage(message: FromNode): void;
  /** Slots or tracks have changed. */
  onRemote(): void;
  /** A connection failed, or lasts in "disconnected". */
  onBroken(): void;
}

let sharedCertificate: Promise<RTCCertificate> | undefined;

/** Made ahead (before the join click), as it costs milliseconds that the first frame would wait for. */
export function certificate(): Promise<RTCCertificate> {
  sharedCertificate ??= RTCPeerConnection.generateCertificate({
    name: "ECDSA",
    namedCurve: "P-256",
  } as EcKeyGenParams);
  return sharedCertificate;
}

export class Pair {
  readonly publish: RTCPeerConnection;
  readonly subscribe: RTCPeerConnection;
  readonly channel: RTCDataChannel;
  slots: Slot[] = [];
  closed = false;
  #senders = new Map<StreamType, RTCRtpSender>();
  #events: PairEvents;
  #subscribing: Promise<void> = Promise.resolve();
  /** Of the last offer applied. */
  #version = -1;
  #brokenTimer: ReturnType<typeof setTimeout> | undefined;

  static async create(camera: CameraQuality, events: PairEvents): Promise<Pair> {
    return new Pair(await certificate(), camera, events);
  }

  private constructor(shared: RTCCertificate, camera: CameraQuality, events: PairEvents) {
    this.#events = events;
    const config: RTCConfiguration = { certificates: [shared], bundlePolicy: "max-bundle" };
    this.publish = new RTCPeerConnection(config);
    this.subscribe = new RTCPeerConnection(config);
    for (const type of PUBLISHED) this.#senders.set(type, addSender(this.publish, type, camera));
    this.channel = this.subscribe.createDataChannel("signal", { negotiated: true, id: 0 });
    this.channel.onmessage = (event) => this.#events.onMessage(JSON.parse(event.data) as FromNode);
    // The channel may be open before a listener set later would see it.
    if (this.channel.readyState === "open") queueMicrotask(() => this.#opened());
    else this.channel.onopen = () => this.#opened();
    // The node has ended the session: no need to wait until pings are missed.
    this.channel.onclose = () => this.#events.onBroken();
    this.subscribe.ontrack = () => this.#events.onRemote();
    for (const pc of [this.publish, this.subscribe]) pc.onconnectionstatechange = () => this.#watch();
  }

  /** TURN servers come with the join, after the connections were made. */
  useServers(iceServers: RTCIceServer[]): void {
    if (iceServers.length === 0) return;
    for (const pc of [this.publish, this.subscribe]) {
      pc.setConfiguration({ ...pc.getConfiguration(), iceServers });
    }
  }

  /** The publish offer. No candidates are needed in it: the node is ICE-lite and learns them from checks. */
  async offer(): Promise<string> {
    if (this.publish.signalingState === "stable") await this.publish.setLocalDescription();
    return this.publish.localDescription?.sdp ?? "";
  }

  async restartOffer(): Promise<string> {
    // An offer whose answer never came must be taken back, or the new one would repeat its credentials.
    if (this.publish.signalingState !== "stable")
      await this.publish.setLocalDescription({ type: "rollback" });
    this.publish.restartIce();
    return this.offer();
  }

  async accept(session: Pick<NodeSession, "publish" | "subscribe">): Promise<void> {
    await Promise.all([
      this.publish.setRemoteDescription({ type: "answer", sdp: session.publish.sdp }),
      this.acceptSubscribe(session.subscribe.sdp, session.subscribe.slots),
    ]);
  }

  /**
   * Take the node's offer; its answer goes over the channel, now or as soon as it opens. Of offers from the
   * channel only newer ones count: after a restart over the socket an older one may still come out of it,
   * and it must not be answered.
   */
  acceptSubscribe(sdp: string, slots: Slot[], which: "any" | "newer" = "any"): Promise<void> {
    const turn = this.#subscribing.then(async () => {
      const version = offerVersion(sdp);
      if (this.closed || (which === "newer" && version <= this.#version)) return;
      await this.subscribe.setRemoteDescription({ type: "offer", sdp });
      this.#version = version;
      this.slots = slots;
      await this.subscribe.setLocalDescription();
      this.#answer();
      this.#events.onRemote();
    });
    this.#subscribing = turn.catch(() => undefined);
    return turn;
  }

  /** The receiver's track of each m-line. */
  tracks(): Map<string, MediaStreamTrack> {
    const tracks = new Map<string, MediaStreamTrack>();
    for (const t of this.subscribe.getTransceivers()) if (t.mid !== null) tracks.set(t.mid, t.receiver.track);
    return tracks;
  }

  sender(type: StreamType): RTCRtpSender {
    return this.#senders.get(type) as RTCRtpSender;
  }

  send(message: Record<string, unknown>): boolean {
    if (this.channel.readyState !== "open") return false;
    this.channel.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.#brokenTimer);
    this.channel.onmessage = this.channel.onclose = null;
    for (const pc of [this.publish, this.subscribe]) {
      pc.onconnectionstatechange = null;
      pc.ontrack = null;
      pc.close();
    }
  }

  #opened(): void {
    if (this.closed) return;
    this.#answer();
    this.#events.onOpen();
  }

  #answer(): void {
    const sdp = this.subscribe.localDescription?.sdp;
    if (sdp && this.subscribe.signalingState === "stable") this.send({ op: "answer", sdp });
  }

  #watch(): void {
    clearTimeout(this.#brokenTimer);
    const states = [this.publish.connectionState, this.subscribe.connectionState];
    if (states.includes("failed")) this.#events.onBroken();
    // "disconnected" often heals by itself within a second or two.
    else if (states.includes("disconnected")) {
      this.#brokenTimer = setTimeout(() => this.#events.onBroken(), 2500);
    }
  }
}

function addSender(pc: RTCPeerConnection, type: StreamType, camera: CameraQuality): RTCRtpSender {
  const kind = type === "camera" || type === "screen" ? "video" : "audio";
  const encodings: Record<StreamType, RTCRtpEncodingParameters> = {
    microphone: { maxBitrate: MICROPHONE_BITRATE, priority: "high", networkPriority: "high" },
    camera: { maxBitrate: camera.maxBitrate, maxFramerate: camera.frameRate },
    screen: { maxBitrate: SCREEN.maxBitrate, maxFramerate: SCREEN.frameRate },
    screen_audio: { maxBitrate: 128_000 },
  };
  return pc.addTransceiver(kind, { direction: "sendonly", sendEncodings: [encodings[type]] }).sender;
}
