/**
 * The one socket of a page on which somebody is signed in: chats, calls, notifications and presence listen
 * to it, and a meeting is entered and left on it. Guests have no such socket, only the one of their meeting.
 */

import { effect, signal } from "@preact/signals";
import { credentials, user } from "../identity/session.ts";
import { text } from "../text.ts";
import { call } from "./http.ts";
import { localProblem, type Problem } from "./problem.ts";
import type { ScopedEvent } from "./sequence.ts";
import { type ResumeReply, Socket, type SocketState, type Ticket, type Wire } from "./socket.ts";
import { openWire } from "./wire.ts";

export type Handler = (event: ScopedEvent) => void;

/** Who is in a meeting by this socket. One at a time, since a socket stands for one participant. */
export interface Passenger {
  onEvent(event: ScopedEvent): void;
  onState(state: SocketState): void;
  /** The participant to bind again, and whatever else goes into `resume`; null: not yet inside. */
  resumeWith(): Record<string, unknown> | null;
  onResumed(reply: ResumeReply): void;
  onProblem(problem: Problem): void;
}

export interface DeviceOptions {
  open(url: string): Wire;
  ticket(): Promise<Ticket>;
}

export class Device {
  readonly state = signal<SocketState>("closed");
  #options: DeviceOptions;
  #socket: Socket | null = null;
  #handlers = new Map<string, Set<Handler>>();
  #afresh = new Set<() => void>();
  /** Those that have to load before what they know can be relied on. */
  #owed = new Set<() => void>();
  #passenger: Passenger | null = null;
  #leaving: Promise<unknown> = Promise.resolve();

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  /** Events of this name, in the order of their scope and each once. Returns how to stop. */
  on(event: string, handler: Handler): () => void {
    const those = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, those.add(handler));
    return () => those.delete(handler);
  }

  /**
   * What is known may be old, and has to be loaded again: after the first connection, and after an absence too
   * long to replay. At once where the socket is open already. Returns how to stop.
   */
  onAfresh(handler: () => void): () => void {
    if (this.state.value === "open") handler();
    return this.onMissed(handler);
  }

  /**
   * As `onAfresh`, for who loads by itself at this moment: where the socket is open, nothing is missed. Where it
   * is not, what happens between that answer and the first connection is told to nobody.
   */
  onMissed(handler: () => void): () => void {
    this.#afresh.add(handler);
    if (this.state.value !== "open") this.#owed.add(handler);
    return () => {
      this.#afresh.delete(handler);
      this.#owed.delete(handler);
    };
  }

  request<T>(action: string, data: Record<string, unknown> = {}): Promise<T> {
    return this.#socket?.request<T>(action, data) ?? Promise.reject(closed());
  }

  start(): void {
    this.stop();
    const socket = new Socket({
      open: this.#options.open,
      ticket: this.#options.ticket,
      onEvent: (event) => this.#event(event),
      onState: (state) => socket === this.#socket && this.#changed(state),
      resumeWith: () => this.#passenger?.resumeWith() ?? {},
      onResumed: (reply, asked) => this.#resumed(reply, asked),
      onProblem: (problem) => this.#passenger?.onProblem(problem),
    });
    socket.sequence.expect("user");
    this.#socket = socket;
    this.state.value = socket.state;
    socket.connect();
  }

  stop(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#changed("closed");
  }

  /** Reconnect at once instead of when the back-off says. */
  hurry(): void {
    this.#socket?.hurry();
  }

  /** Everything up to these numbers is known. The `user` scope has its own beginning. */
  begin(scopes: Record<string, number>): void {
    for (const [scope, seq] of Object.entries(scopes)) {
      if (scope === "user") continue;
      for (const event of this.#socket?.sequence.begin(scope, seq) ?? []) this.#event(event);
    }
  }

  /** Take a meeting along. Resolves when the one before has been left, so that the two do not cross. */
  board(passenger: Passenger): Promise<unknown> {
    this.#passenger = passenger;
    this.hurry();
    return this.#leaving;
  }

  /**
   * The meeting is over for this page: the server hears so, the socket goes on. Not before `joining` is answered:
   * who leaves at the same moment in which they come in might leave first, and stay.
   */
  leave(passenger: Passenger, joining: Promise<unknown> | null = null): void {
    if (this.#passenger !== passenger) return;
    this.#passenger = null;
    const sequence = this.#socket?.sequence;
    for (const scope of Object.keys(sequence?.positions() ?? {})) {
      if (scope !== "user") sequence?.forget(scope);
    }
    // Also while reconnecting: the new socket may have taken the place up again already.
    const leave = () => this.request("leave").catch(() => undefined);
    this.#leaving = joining ? joining.then(leave) : leave();
  }

  #event(event: ScopedEvent): void {
    this.#passenger?.onEvent(event);
    for (const handler of this.#handlers.get(event.event) ?? []) handler(event);
  }

  #resumed(reply: ResumeReply, asked: Record<string, unknown>): void {
    if (asked.participant_id) this.#passenger?.onResumed(reply);
    if (reply.scopes?.user?.reload) this.#owed = new Set(this.#afresh);
    if (this.state.value === "open") this.#settle();
  }

  #changed(state: SocketState): void {
    if (this.state.value === state) return;
    this.state.value = state;
    this.#passenger?.onState(state);
    if (state === "open") this.#settle();
  }

  #settle(): void {
    const owed = [...this.#owed];
    this.#owed.clear();
    for (const handler of owed) handler();
  }
}

export const device = new Device({
  open: openWire,
  ticket: () => call<Ticket>("/v1/socket-tickets", { method: "POST", body: {}, credentials }),
});

/** The socket lives as long as somebody is signed in, and is another one for another person. */
export function startDevice(): void {
  let owner: string | null = null;
  effect(() => {
    const now = user.value?.id ?? null;
    if (now === owner) return;
    owner = now;
    if (now) device.start();
    else device.stop();
  });
  addEventListener("online", () => device.hurry());
}

const closed = (): Problem => localProblem("closed", text.errors.closed);
