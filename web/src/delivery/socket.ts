/**
 * The one socket of this page: requests answered by id, events in order, and after a broken connection
 * a new one-time ticket, a new socket and a `resume` from the last event seen.
 */

import { text } from "../text.ts";
import { backoff } from "./backoff.ts";
import { localProblem, Problem, type ProblemDocument } from "./problem.ts";
import { type ScopedEvent, Sequence } from "./sequence.ts";

export interface Ticket {
  endpoint: string;
  ticket: string;
}

/** The part of WebSocket that is used, so that tests can put a real object of their own in its place. */
export interface Wire {
  send(text: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: (() => void) | null;
}

export interface SocketOptions {
  open(url: string): Wire;
  ticket(): Promise<Ticket>;
  onEvent(event: ScopedEvent): void;
  onState(state: SocketState): void;
  /** Data of `resume` beside the scopes, e.g. the participant to bind again; null: there is nothing to resume. */
  resumeWith(): Record<string, unknown> | null;
  /** `asked`: what `resumeWith` had given. */
  onResumed(reply: ResumeReply, asked: Record<string, unknown>): void;
  /** The server says something about this connection that was not asked for, e.g. `joined_elsewhere`. */
  onProblem?(problem: Problem): void;
  random?: () => number;
}

export type SocketState = "connecting" | "open" | "reconnecting" | "closed";

export interface ResumeReply {
  self?: unknown;
  meeting?: unknown;
  participants?: unknown;
  lobby?: unknown;
  scopes: Record<string, Missed>;
}

/** What was missed in a scope; or that it is to be loaded afresh, and after which number events follow. */
export interface Missed {
  events?: Omit<ScopedEvent, "scope">[] | null;
  reload?: boolean | null;
  seq?: number | null;
}

interface Pending {
  resolve(data: never): void;
  reject(problem: Problem): void;
  timer: ReturnType<typeof setTimeout>;
}

export const PING_MS = 20_000;
export const REPLY_MS = 10_000;
/** Deliveries to one connection overtake each other by milliseconds; only a lasting hole is repaired. */
export const GAP_MS = 400;

export class Socket {
  readonly sequence = new Sequence();
  #options: SocketOptions;
  #wire: Wire | null = null;
  #state: SocketState = "connecting";
  #pending = new Map<string, Pending>();
  #nextId = 1;
  #attempt = 0;
  #opened = false;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #gapTimer: ReturnType<typeof setTimeout> | undefined;
  #waiting: { resolve(): void; reject(problem: Problem): void }[] = [];

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  get state(): SocketState {
    return this.#state;
  }

  /** Open with a ticket at hand (the join's), or fetch one. */
  connect(ticket?: Ticket): void {
    void this.#open(ticket);
  }

  /** Reconnect at once instead of when the back-off says: the network has come back. */
  hurry(): void {
    if (this.#state !== "reconnecting" || this.#retryTimer === undefined) return;
    clearTimeout(this.#retryTimer);
    void this.#open();
  }

  close(): void {
    this.#setState("closed");
    clearTimeout(this.#retryTimer);
    this.#drop();
    const problem = localProblem("closed", text.errors.closed);
    for (const waiter of this.#waiting.splice(0)) waiter.reject(problem);
  }

  /** Ask and wait for the answer. Waits for a connection first, within the same time limit. */
  async request<T>(action: string, data: Record<string, unknown> = {}, timeout = REPLY_MS): Promise<T> {
    if (this.#state !== "open") await this.#whenOpen(timeout);
    const wire = this.#wire;
    try {
      return await this.#ask<T>(action, data, timeout);
    } catch (error) {
      if (!(error instanceof Problem && error.slug === "connection_unknown")) throw error;
      // The server has lost this connection's state. It looks at who asks before anything else, so nothing
      // was done: what was asked is asked again on a fresh connection.
      if (this.#wire === wire) this.#renew(wire);
      await this.#whenOpen(timeout);
      return this.#ask<T>(action, data, timeout);
    }
  }

  #ask<T>(action: string, data: Record<string, unknown>, timeout = REPLY_MS): Promise<T> {
    const id = String(this.#nextId++);
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(localProblem("timeout", text.errors.timeout));
      }, timeout);
      this.#pending.set(id, { resolve: resolve as (data: never) => void, reject, timer });
      this.#wire?.send(JSON.stringify({ action, id, data }));
    });
  }

  #whenOpen(timeout: number): Promise<void> {
    if (this.#state === "closed") return Promise.reject(localProblem("closed", text.errors.closed));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(localProblem("timeout", text.errors.timeout)), timeout);
      this.#waiting.push({
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
        reject: (problem) => {
          clearTimeout(timer);
          reject(problem);
        },
      });
    });
  }

  async #open(ticket?: Ticket): Promise<void> {
    this.#retryTimer = undefined;
    let entry: Ticket;
    try {
      entry = ticket ?? (await this.#options.ticket());
    } catch (error) {
      if (error instanceof Problem && [401, 403, 404, 410].includes(error.status)) this.close();
      else this.#retry();
      return;
    }
    if (this.#state === "closed") return;
    const wire = this.#options.open(`${entry.endpoint}?ticket=${encodeURIComponent(entry.ticket)}`);
    this.#wire = wire;
    wire.onopen = () => void this.#ready(wire);
    wire.onmessage = (event) => this.#wire === wire && this.#receive(event.data);
    wire.onclose = () => {
      if (this.#wire === wire) this.#lost();
    };
  }

  async #ready(wire: Wire): Promise<void> {
    const resumes = this.#opened || this.sequence.awaiting();
    const extra = resumes ? this.#options.resumeWith() : null;
    if (extra) {
      try {
        await this.#resume(extra);
      } catch {
        this.#renew(wire);
        return;
      }
    }
    if (this.#wire !== wire) return;
    this.#opened = true;
    this.#attempt = 0;
    this.#setState("open");
    for (const waiter of this.#waiting.splice(0)) waiter.resolve();
    clearInterval(this.#pingTimer);
    this.#pingTimer = setInterval(() => this.#ping(wire), PING_MS);
  }

  async #resume(extra: Record<string, unknown>, only?: string[]): Promise<void> {
    const positions = Object.entries(this.sequence.positions());
    const scopes = Object.fromEntries(positions.filter(([scope]) => !only || only.includes(scope)));
    this.sequence.await(Object.keys(scopes));
    const reply = await this.#ask<ResumeReply>("resume", { ...extra, scopes });
    const since: ScopedEvent[] = [];
    for (const scope of Object.keys(scopes)) {
      const missed = reply.scopes?.[scope] ?? {};
      if (missed.reload) since.push(...this.sequence.restart(scope, missed.seq ?? undefined));
      else {
        const events = (missed.events ?? []).map((event) => ({ ...event, scope }));
        for (const event of this.sequence.fill(scope, events)) this.#options.onEvent(event);
      }
    }
    // The state that takes the place of missed events comes first: those that follow it would be lost in it.
    this.#options.onResumed(reply, extra);
    for (const event of since) this.#options.onEvent(event);
    this.#watchGaps();
  }

  #ping(wire: Wire): void {
    // No answer, or the server has lost this connection's state: either way a fresh one is needed.
    this.#ask("ping", {}).catch((error) => {
      // A new connection would take the place back from where one has gone on.
      if (error instanceof Problem && error.slug === "joined_elsewhere") this.#options.onProblem?.(error);
      else this.#renew(wire);
    });
  }

  #receive(raw: string): void {
    let message: Record<string, unknown>;
    try {
      message = JSON.parse(raw);
    } catch {
      return;
    }
    if (typeof message.scope === "string" && typeof message.seq === "number") {
      this.take(message as unknown as ScopedEvent);
    } else if (typeof message.scope === "string" && typeof message.event === "string") {
      this.#options.onEvent({ ...message, seq: 0 } as ScopedEvent);
    } else if (typeof message.reply_to === "string") {
      this.#settle(message.reply_to, message);
    } else if (message.ok === false) {
      this.#options.onProblem?.(new Problem((message.error ?? {}) as ProblemDocument));
    }
  }

  /** Deliver what can be delivered, and have a lasting gap repaired. */
  take(event: ScopedEvent): void {
    for (const ready of this.sequence.accept(event)) this.#options.onEvent(ready);
    this.#watchGaps();
  }

  #watchGaps(): void {
    if (this.sequence.gaps().length > 0 && this.#gapTimer === undefined) {
      this.#gapTimer = setTimeout(() => this.#repair(), GAP_MS);
    }
  }

  #repair(): void {
    this.#gapTimer = undefined;
    const gaps = this.sequence.gaps();
    const extra = this.#options.resumeWith();
    if (gaps.length === 0 || !extra || this.#state !== "open") return;
    const wire = this.#wire;
    this.#resume(extra, gaps).catch(() => wire?.close());
  }

  #settle(id: string, message: Record<string, unknown>): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    if (message.ok) pending.resolve((message.data ?? {}) as never);
    else pending.reject(new Problem((message.error ?? {}) as ProblemDocument));
  }

  #renew(wire: Wire | null): void {
    wire?.close();
    if (this.#wire === wire) this.#lost();
  }

  #lost(): void {
    this.#drop();
    if (this.#state !== "closed") this.#retry();
  }

  #retry(): void {
    this.#setState("reconnecting");
    const wait = backoff(this.#attempt++, this.#options.random ?? Math.random);
    this.#retryTimer = setTimeout(() => void this.#open(), wait);
  }

  #drop(): void {
    clearInterval(this.#pingTimer);
    clearTimeout(this.#gapTimer);
    this.#gapTimer = undefined;
    const wire = this.#wire;
    this.#wire = null;
    wire?.close();
    const problem = localProblem("offline", text.errors.offline);
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(problem);
    }
    this.#pending.clear();
  }

  #setState(state: SocketState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.#options.onState(state);
  }
}
