/** The socket of one meeting: one at a time, opened by a join's ticket, closed with or without a last word. */

import { signal } from "@preact/signals";
import { localProblem, Problem } from "../delivery/problem.ts";
import type { ScopedEvent } from "../delivery/sequence.ts";
import { type ResumeReply, Socket, type SocketState, type Ticket } from "../delivery/socket.ts";
import { openWire } from "../delivery/wire.ts";
import { text } from "../text.ts";

export interface LineEvents {
  /** A fresh ticket after a lost connection. */
  ticket(): Promise<Ticket>;
  onEvent(event: ScopedEvent): void;
  onState(state: SocketState, before: SocketState): void;
  /** As for the socket: what to resume with, or null. */
  resumeWith(): Record<string, unknown> | null;
  onResumed(reply: ResumeReply): void;
  /** Another window or device has taken this participant's place. */
  onElsewhere(): void;
}

export class Line {
  readonly state = signal<SocketState>("connecting");
  #events: LineEvents;
  #socket: Socket | null = null;

  constructor(events: LineEvents) {
    this.#events = events;
  }

  open(ticket: Ticket): void {
    const before = this.#socket;
    this.#socket = null;
    before?.close();
    const { ticket: fresh, onEvent, resumeWith, onResumed } = this.#events;
    const socket = new Socket({
      open: openWire,
      ticket: fresh,
      onEvent,
      onState: (state) => socket === this.#socket && this.#changed(state),
      resumeWith,
      onResumed,
      onProblem: (problem) => socket === this.#socket && this.#refused(problem),
    });
    this.#socket = socket;
    this.state.value = socket.state;
    socket.connect(ticket);
  }

  async request<T>(action: string, data: Record<string, unknown> = {}): Promise<T> {
    const socket = this.#socket;
    if (!socket) throw localProblem("closed", text.errors.closed);
    try {
      return await socket.request<T>(action, data);
    } catch (error) {
      if (error instanceof Problem && socket === this.#socket) this.#refused(error);
      throw error;
    }
  }

  /** Everything up to these numbers is known; events that came before this was told are due now. */
  begin(scopes: Record<string, number>): void {
    for (const [scope, seq] of Object.entries(scopes)) {
      for (const event of this.#socket?.sequence.begin(scope, seq) ?? []) this.#events.onEvent(event);
    }
  }

  hurry(): void {
    this.#socket?.hurry();
  }

  close(lastWord?: string): void {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    if (!lastWord || socket.state !== "open") return socket.close();
    // Closing before the answer would race with it on the server, and look like a lost connection.
    socket
      .request(lastWord, {})
      .catch(() => undefined)
      .finally(() => socket.close());
  }

  #refused(problem: Problem): void {
    if (problem.slug === "joined_elsewhere") this.#events.onElsewhere();
  }

  #changed(state: SocketState): void {
    const before = this.state.value;
    this.state.value = state;
    this.#events.onState(state, before);
  }
}
