/**
 * Media of one meeting: publishes what the local devices give, holds what the others send, and keeps it
 * going through restarts, new sessions and other nodes.
 */

import { signal } from "@preact/signals";
import { Problem } from "../delivery/problem.ts";
import type { CameraQuality } from "./capture.ts";
import { idle, type LivenessEffect, type LivenessEvent, type MediaPhase, PING_MS, step } from "./liveness.ts";
import { mark } from "./marks.ts";
import type { FromNode, NodeSession, PublishOffer, StreamInfo, StreamType } from "./model.ts";
import { Pair } from "./pair.ts";
import { Published } from "./published.ts";
import { type RemoteStream, remoteStreams, subscriptionChanges } from "./remote.ts";
import { Reporter } from "./report.ts";

/** Asks the server for a new session, or for an ICE restart of the present one. */
export type MediaRequest = (
  action: "media.connect" | "media.restart",
  publish: PublishOffer,
) => Promise<NodeSession | null>;

export class MediaSession {
  readonly phase = signal<MediaPhase>("off");
  readonly remote = signal<RemoteStream<MediaStreamTrack>[]>([]);
  readonly speaking = signal<ReadonlyMap<string, number>>(new Map());
  readonly speaker = signal<string | null>(null);
  readonly nodeId = signal<string | null>(null);
  #request: MediaRequest;
  #camera: CameraQuality;
  #liveness = idle;
  #pair: Pair | null = null;
  /** The pair before this one: media goes on over it until the new one is open. */
  #old: Pair | null = null;
  #prepared: Promise<Pair> | null = null;
  #published = new Published();
  #infos: StreamInfo[] = [];
  #unsubscribed = new Set<string>();
  #iceServers: RTCIceServer[] = [];
  #pinger: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #lastPong = 0;
  /** The life in which a new session is being asked for: one at a time, however often it is wanted. */
  #connecting: number | null = null;
  #reporter = new Reporter((measures) => this.#pair?.send({ op: "report", measures }));
  /** Rises when all is stopped, so that what was under way then does not meddle with what follows. */
  #life = 0;

  constructor(request: MediaRequest, camera: CameraQuality) {
    this.#request = request;
    this.#camera = camera;
  }

  /** Make connections ahead of the join, so that only setting descriptions is left for later. */
  prepare(): void {
    this.#prepared ??= this.#create();
  }

  useServers(iceServers: RTCIceServer[]): void {
    this.#iceServers = iceServers;
  }

  /** The offer that goes with `join`; `begin` takes the reply's session. */
  async offer(): Promise<PublishOffer> {
    this.prepare();
    const pair = (await this.#prepared) as Pair;
    pair.useServers(this.#iceServers);
    return this.#published.offer(await pair.offer());
  }

  async begin(session: NodeSession | null): Promise<void> {
    this.#pinger ??= setInterval(() => this.#event({ type: "tick" }), PING_MS);
    this.#reporter.start(() => this.#pair);
    const pair = await this.#prepared;
    this.#prepared = null;
    await this.#adopt(session, pair);
  }

  /** What to send for a stream. The m-line stays; only its track and whether the node forwards it change. */
  async publish(type: StreamType, track: MediaStreamTrack | null, active: boolean): Promise<void> {
    const isOther = this.#published.set(type, track, active);
    const pairs = [this.#pair, await this.#prepared].filter((pair) => pair !== null);
    if (isOther) await Promise.all(pairs.map((pair) => pair.sender(type).replaceTrack(track)));
    this.#published.tell(this.#pair, [type]);
  }

  /** The cameras that are on screen; the others are not sent to this page. */
  watch(participants: ReadonlySet<string>): void {
    const changes = subscriptionChanges(this.#infos, participants, this.#unsubscribed);
    for (const id of changes.subscribe) {
      if (this.#pair?.send({ op: "subscribe", stream_id: id })) this.#unsubscribed.delete(id);
    }
    for (const id of changes.unsubscribe) {
      if (this.#pair?.send({ op: "unsubscribe", stream_id: id })) this.#unsubscribed.add(id);
    }
  }

  /** The user asked for it, or the network has changed. */
  renew(): void {
    this.#event({ type: "network", channel: this.#channelAnswers() });
    if (this.phase.value === "unavailable") this.#event({ type: "retry" });
  }

  /** The same in another room of the meeting, at once: nothing of the one before is heard any more. */
  move(): void {
    this.#life++;
    this.#pair?.close();
    this.#old?.close();
    this.#pair = this.#old = null;
    this.#infos = [];
    this.remote.value = [];
    this.speaking.value = new Map();
    this.speaker.value = null;
    this.#event({ type: "drain" });
  }

  stop(): void {
    this.#life++;
    clearInterval(this.#pinger);
    this.#pinger = undefined;
    clearTimeout(this.#retry);
    this.#reporter.stop();
    this.#event({ type: "stop" });
    this.#pair?.close();
    this.#old?.close();
    void this.#prepared?.then((pair) => pair.close());
    this.#pair = this.#old = this.#prepared = null;
    this.remote.value = [];
  }

  get connections(): { publish: RTCPeerConnection; subscribe: RTCPeerConnection } | null {
    return this.#pair;
  }

  async #create(): Promise<Pair> {
    const pair: Pair = await Pair.create(this.#camera, {
      onOpen: () => this.#opened(pair),
      onMessage: (message) => pair === this.#pair && this.#message(pair, message),
      onRemote: () => this.#refresh(),
      onBroken: () => pair === this.#pair && this.#event({ type: "broken", channel: this.#channelAnswers() }),
    });
    await this.#published.attach(pair);
    return pair;
  }

  async #adopt(session: NodeSession | null, pair: Pair | null): Promise<void> {
    if (!session || !pair) {
      pair?.close();
      this.#event({ type: "refused" });
      return;
    }
    // Whatever was unsubscribed was so in the old session.
    this.#unsubscribed.clear();
    this.#infos = [];
    this.#old?.close();
    this.#old = this.#pair;
    this.#pair = pair;
    this.nodeId.value = session.node_id;
    this.#event({ type: "granted" });
    try {
      await pair.accept(session);
    } catch (error) {
      console.warn("convoke: the media session could not be set up", error);
      this.#event({ type: "refused" });
    }
  }

  #opened(pair: Pair): void {
    if (pair !== this.#pair) return;
    mark("media-open");
    this.#lastPong = performance.now();
    this.#old?.close();
    this.#old = null;
    // What changed between the offer and now.
    this.#published.tell(pair);
    this.#event({ type: "open" });
    this.#refresh();
  }

  #message(pair: Pair, message: FromNode): void {
    switch (message.op) {
      case "pong":
        this.#lastPong = performance.now();
        return this.#event({ type: "pong" });
      case "streams":
        this.#infos = message.streams;
        return this.#refresh();
      case "speakers":
        this.speaking.value = new Map(message.speakers.map((s) => [s.participant_id, s.level]));
        if (message.active) this.speaker.value = message.active;
        return;
      case "offer":
        pair.acceptSubscribe(message.sdp, message.slots, "newer").catch((e) => this.#failed(e));
        return;
      case "restarted":
        pair.accept(message).then(
          () => this.#event({ type: "restarted" }),
          () => this.#event({ type: "restart_failed" }),
        );
        return;
      case "drain":
        return this.#event({ type: "drain" });
      case "error":
        return console.warn("convoke: media node:", message.error?.title, message.error?.detail);
    }
  }

  #failed(error: unknown): void {
    console.warn("convoke: renegotiation failed", error);
    this.#event({ type: "broken", channel: false });
  }

  #refresh(): void {
    const shown = this.#pair?.channel.readyState === "open" || !this.#old ? this.#pair : this.#old;
    if (shown) this.remote.value = remoteStreams(shown.slots, shown.tracks(), this.#infos);
  }

  #channelAnswers(): boolean {
    const open = this.#pair?.channel.readyState === "open";
    return open && performance.now() - this.#lastPong < PING_MS * 1.5;
  }

  #event(event: LivenessEvent): void {
    const [next, effects] = step(this.#liveness, event, Math.random);
    this.#liveness = next;
    this.phase.value = next.phase;
    // Who spoke last would stay lit for as long as nothing more is heard.
    if (next.phase === "unavailable" || next.phase === "off") this.speaking.value = new Map();
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: LivenessEffect): void {
    switch (effect.do) {
      case "ping":
        this.#pair?.send({ op: "ping", t: Math.round(performance.now()) });
        return;
      case "restart":
        void this.#restart(effect.over);
        return;
      case "connect":
        void this.#connect();
        return;
      case "retry":
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.#event({ type: "retry" }), effect.after);
    }
  }

  async #restart(over: "channel" | "socket"): Promise<void> {
    const pair = this.#pair;
    if (!pair) return;
    try {
      const sdp = await pair.restartOffer();
      if (over === "channel") {
        // The answer comes as "restarted"; if it does not, the ticks go on to a new session.
        pair.send({ op: "restart", sdp });
        return;
      }
      const session = await this.#request("media.restart", this.#published.offer(sdp));
      if (!session) throw new Problem({ title: "no session" });
      await pair.accept(session);
      this.#event({ type: "restarted" });
    } catch {
      if (pair === this.#pair) this.#event({ type: "restart_failed" });
    }
  }

  async #connect(): Promise<void> {
    const life = this.#life;
    if (this.#connecting === life) return;
    this.#connecting = life;
    let pair: Pair | null = null;
    try {
      pair = await this.#create();
      pair.useServers(this.#iceServers);
      const session = await this.#request("media.connect", this.#published.offer(await pair.offer()));
      if (life !== this.#life) return pair.close();
      await this.#adopt(session, pair);
    } catch {
      pair?.close();
      if (life === this.#life) this.#event({ type: "refused" });
    } finally {
      if (this.#connecting === life) this.#connecting = null;
    }
  }
}
