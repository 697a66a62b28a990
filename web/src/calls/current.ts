/** The call that this page is in: from ringing out or answering to its end. Its room is a meeting's. */

import { computed, effect, signal } from "@preact/signals";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { publishDebug } from "../meetings/debug.ts";
import { MeetingSession } from "../meetings/session.ts";
import * as api from "./api.ts";
import { type Call, type InCall, isOlder, isOpen, type MediaType } from "./model.ts";

/** Three of these without a word, and the others take one for lost (docs/protocol/socket.md). */
const PING_MS = 10_000;

export type Ending =
  | "busy"
  | "declined"
  | "missed"
  | "cancelled"
  | "ended"
  | "lost"
  | "elsewhere"
  | "removed"
  | "failed";
export type Phase = "starting" | "ringing" | "connecting" | "in" | "over";

export class CurrentCall {
  readonly mediaType: MediaType;
  readonly outgoing: boolean;
  readonly call = signal<Call | null>(null);
  readonly session = signal<MeetingSession | null>(null);
  readonly ending = signal<Ending | null>(null);
  readonly problem = signal<Problem | null>(null);
  readonly minimised = signal(false);
  readonly phase = computed<Phase>(() => this.#phase());
  #stops: (() => void)[] = [];
  /** Told before the answer that says which call this is. */
  #early: Call[] = [];

  constructor(mediaType: MediaType, known: Call | null) {
    this.mediaType = mediaType;
    this.outgoing = known === null;
    this.call.value = known;
  }

  /** Ask the server for the place (`call.start`, `call.answer`), and take it. */
  async begin(ask: () => Promise<InCall>): Promise<void> {
    try {
      const { call, join } = await ask();
      this.call.value ??= call;
      for (const told of [call, ...this.#early.splice(0)]) this.told(told);
      if (this.ending.value) {
        // Given up while it was being asked for.
        if (isOpen(call)) await api.leave(call.id);
        return;
      }
      if (join) await this.#enter(call.id, join);
    } catch (error) {
      this.#fail(asProblem(error));
    }
  }

  /** What an event or an answer says of this call. */
  told(call: Call): void {
    const known = this.call.value;
    if (!known) this.#early.push(call);
    if (known?.id !== call.id || isOlder(call, known)) return;
    this.call.value = call;
    if (!isOpen(call)) this.#end(endingOf(call));
  }

  async hangUp(): Promise<void> {
    const call = this.call.value;
    // Who is only on the way in has no place yet to leave.
    const inside = this.session.value?.stage.value.at === "in";
    const connected = inside && this.session.value?.line.state.value === "open";
    const ringing = call?.status === "ringing" && this.outgoing;
    this.session.value?.leave();
    this.#end(ringing || !call ? "cancelled" : "ended");
    if (!call) return;
    // What cannot be said now, the others find out by its silence.
    const leave = () => api.leave(call.id).catch(() => undefined);
    if (ringing) await api.cancel(call.id).catch(leave);
    else if (!connected) await leave();
  }

  /** After an absence events may have been missed. */
  async check(): Promise<void> {
    const call = this.call.value;
    if (call && !this.ending.value) this.told(await api.read(call.id));
  }

  dispose(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.session.value?.dispose();
    this.session.value = null;
  }

  async #enter(callId: string, join: NonNullable<InCall["join"]>): Promise<void> {
    let first: typeof join | null = join;
    const session = new MeetingSession(callId, async () => {
      const reply = first ?? (await api.comeBack(callId));
      first = null;
      return reply;
    });
    session.local.micOn.value = true;
    session.local.cameraOn.value = this.mediaType === "video";
    this.session.value = session;
    publishDebug(session);
    this.#stops.push(effect(() => this.#stageChanged(session)));
    void session.local.start();
    await session.join();
    const timer = setInterval(() => void this.#ping(callId), PING_MS);
    this.#stops.push(() => clearInterval(timer));
    await this.#ping(callId);
  }

  async #ping(callId: string): Promise<void> {
    if (this.ending.value || this.session.value?.stage.value.at !== "in") return;
    const open = await api.ping(callId).catch(() => true);
    if (!open) await this.check().catch(() => undefined);
  }

  #stageChanged(session: MeetingSession): void {
    const stage = session.stage.value;
    if (stage.at === "prejoin" && session.problem.value) this.#fail(session.problem.value);
    if (stage.at !== "gone" || this.ending.value) return;
    if (stage.reason === "elsewhere" || stage.reason === "lost" || stage.reason === "removed")
      return this.#end(stage.reason);
    // The event with the reason of the end may be just behind.
    queueMicrotask(() => void this.check().catch(() => this.#end("ended")));
  }

  #fail(problem: Problem): void {
    if (this.ending.value) return;
    if (problem.slug === "call_over") return this.#end("ended");
    if (problem.slug === "answered_elsewhere") return this.#end("elsewhere");
    this.problem.value = problem;
    this.#end("failed");
  }

  #end(ending: Ending): void {
    if (this.ending.value) return;
    this.ending.value = ending;
    this.minimised.value = false;
    for (const stop of this.#stops.splice(0)) stop();
    this.session.value?.dispose();
    publishDebug(null);
  }

  #phase(): Phase {
    if (this.ending.value) return "over";
    const call = this.call.value;
    const inside = this.session.value?.stage.value.at === "in";
    if (!call) return "starting";
    if (call.status === "ringing" && this.outgoing) return "ringing";
    return inside ? "in" : "connecting";
  }
}

function endingOf(call: Call): Ending {
  if (call.end_reason === "connection_lost") return "lost";
  switch (call.status) {
    case "busy":
    case "declined":
    case "missed":
    case "cancelled":
      return call.status;
    default:
      return "ended";
  }
}
