/**
 * How a meeting talks to the server: a guest by a socket of the meeting's own, opened by the join's ticket;
 * somebody signed in by the socket of their page.
 */

import { signal } from "@preact/signals";
import { device } from "../delivery/device.ts";
import { localProblem, Problem } from "../delivery/problem.ts";
import type { ScopedEvent } from "../delivery/sequence.ts";
import { type ResumeReply, Socket, type SocketState, type Ticket } from "../delivery/socket.ts";
import { openWire } from "../delivery/wire.ts";
import { text } from "../text.ts";

export interface LineEvents {
  /** A fresh ticket after a lost connection of a guest. */
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
  #sharing = false;
  #passenger;
  /** Coming in, as long as it is not answered. */
  #joining: Promise<unknown> | null = null;

  constructor(events: LineEvents) {
    this.#events = events;
    const { onEvent, resumeWith, onResumed } = events;
    this.#passenger = {
      onEvent,
      resumeWith,
      onResumed,
      onState: (state: SocketState) => this.#changed(state),
      onProblem: (problem: Problem) => this.#refused(problem),
    };
  }

  /** A socket for this meeting alone. */
  open(ticket: Ticket): void {
    this.#endOwn();
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

  /** The socket of this page. Resolves when what was before is left. */
  async share(): Promise<void> {
    this.#endOwn();
    this.#sharing = true;
    const ready = device.board(this.#passenger);
    this.state.value = device.state.value;
    await ready;
  }

  async request<T>(action: string, data: Record<string, unknown> = {}): Promise<T> {
    const link = this.#sharing ? device : this.#socket;
    if (!link) throw localProblem("closed", text.errors.closed);
    const answer = link.request<T>(action, data);
    if (action === "join") this.#join(answer);
    try {
      return await answer;
    } catch (error) {
      const current = this.#sharing ? link === device : link === this.#socket;
      if (error instanceof Problem && current) this.#refused(error);
      throw error;
    }
  }

  /** Everything up to these numbers is known; events that came before this was told are due now. */
  begin(scopes: Record<string, number>): void {
    if (this.#sharing) return device.begin(scopes);
    for (const [scope, seq] of Object.entries(scopes)) {
      for (const event of this.#socket?.sequence.begin(scope, seq) ?? []) this.#events.onEvent(event);
    }
  }

  hurry(): void {
    this.#socket?.hurry();
    if (this.#sharing) device.hurry();
  }

  close(lastWord?: string): void {
    if (this.#sharing) {
      this.#sharing = false;
      return device.leave(this.#passenger, this.#joining);
    }
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    if (!lastWord || socket.state !== "open") return socket.close();
    // Closing before the answer would race with it on the server, and look like a lost connection.
    const say = () => socket.request(lastWord, {}).catch(() => undefined);
    void (this.#joining ? this.#joining.then(say) : say()).finally(() => socket.close());
  }

  #join(answer: Promise<unknown>): void {
    const joining = answer
      .catch(() => undefined)
      .finally(() => {
        if (this.#joining === joining) this.#joining = null;
      });
    this.#joining = joining;
  }

  #endOwn(): void {
    const before = this.#socket;
    this.#socket = null;
    before?.close();
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
