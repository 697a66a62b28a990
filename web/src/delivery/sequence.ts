/**
 * Puts the events of each scope in the order of their `seq`: late ones are held until the gap is filled,
 * repeated ones are dropped. Pure; the socket asks the server for what is missing (`resume`).
 */

export interface ScopedEvent {
  scope: string;
  /** 0: a passing event (someone types), which is not kept and has no place in the order. */
  seq: number;
  event: string;
  data: Record<string, unknown>;
}

interface ScopeState {
  last: number;
  held: Map<number, ScopedEvent>;
  /** Where it begins, or what is missing from it, is being asked for: until the answer everything is held. */
  awaited?: boolean;
}

export class Sequence {
  #scopes = new Map<string, ScopeState>();
  /** Events of scopes that have no starting point yet: they may arrive before the reply that gives it. */
  #early = new Map<string, ScopedEvent[]>();

  /** The last seq delivered of every scope: what `resume` sends. */
  positions(): Record<string, number> {
    return Object.fromEntries([...this.#scopes].map(([scope, state]) => [scope, state.last]));
  }

  /** Scopes with a hole in front of held events. */
  gaps(): string[] {
    const open = [...this.#scopes].filter(([, state]) => state.held.size > 0 && !state.awaited);
    return open.map(([scope]) => scope);
  }

  /** A scope that is asked for from position 0: the answer (`restart`) says where it begins. */
  expect(scope: string): void {
    this.#scopes.set(scope, { last: 0, held: new Map(), awaited: true });
  }

  /**
   * What is missing from these scopes is being asked for. What comes before the answer is held, since the answer
   * may bring a state from before it: applied first, it would be lost.
   */
  await(scopes: Iterable<string>): void {
    for (const scope of scopes) {
      const state = this.#scopes.get(scope);
      if (state) state.awaited = true;
    }
  }

  awaiting(): boolean {
    return [...this.#scopes.values()].some((state) => state.awaited);
  }

  /** It is not listened to any more. */
  forget(scope: string): void {
    this.#scopes.delete(scope);
    this.#early.delete(scope);
  }

  /** Everything up to `seq` is known (from a snapshot). Returns the events that came before this call. */
  begin(scope: string, seq: number): ScopedEvent[] {
    const known = this.#scopes.get(scope);
    if (known && known.last >= seq) return [];
    const held = [...(known?.held.values() ?? []), ...(this.#early.get(scope) ?? [])];
    this.#early.delete(scope);
    this.#scopes.set(scope, { last: seq, held: new Map() });
    return inOrder(held).flatMap((event) => this.accept(event));
  }

  /** Take an event as it comes in; returns those that can be delivered now, in order. */
  accept(event: ScopedEvent): ScopedEvent[] {
    const state = this.#scopes.get(event.scope);
    if (!state) return this.#first(event);
    if (event.seq <= state.last) return [];
    if (state.awaited || (event.seq > state.last + 1 && state.last > 0)) {
      state.held.set(event.seq, event);
      return [];
    }
    return this.#deliver(state, event);
  }

  /** The server's whole list after `positions()[scope]`; what was held follows it in order. */
  fill(scope: string, events: ScopedEvent[]): ScopedEvent[] {
    const state = this.#scopes.get(scope);
    if (!state) return [];
    const missed = events.filter((event) => event.seq > state.last).sort((a, b) => a.seq - b.seq);
    return [...missed, ...this.#goOn(scope, state, missed.at(-1)?.seq ?? state.last)];
  }

  /**
   * The server no longer has what is missing, and the rest is loaded some other way: go on after `seq`. Where
   * the server names none, with whatever comes next; position 0 makes it say the same again if the connection
   * breaks before that.
   */
  restart(scope: string, seq?: number): ScopedEvent[] {
    const state = this.#scopes.get(scope);
    if (!state) return [];
    if (seq !== undefined) return this.#goOn(scope, state, seq);
    const held = inOrder(state.held.values());
    this.#scopes.set(scope, { last: held.at(-1)?.seq ?? 0, held: new Map() });
    return held;
  }

  /** Everything up to `last` is known: those of the held events that follow it without a hole. */
  #goOn(scope: string, { held }: ScopeState, last: number): ScopedEvent[] {
    this.#scopes.set(scope, { last, held: new Map() });
    return inOrder(held.values()).flatMap((event) => this.accept(event));
  }

  #first(event: ScopedEvent): ScopedEvent[] {
    if (event.scope === "user") {
      // The lobby's verdict comes before any snapshot; it must not wait for one.
      this.#scopes.set(event.scope, { last: event.seq, held: new Map() });
      return [event];
    }
    const early = this.#early.get(event.scope) ?? [];
    early.push(event);
    this.#early.set(event.scope, early.slice(-500));
    return [];
  }

  #deliver(state: ScopeState, event: ScopedEvent): ScopedEvent[] {
    const out: ScopedEvent[] = [];
    for (let next: ScopedEvent | undefined = event; next; next = state.held.get(state.last + 1)) {
      state.held.delete(next.seq);
      state.last = next.seq;
      out.push(next);
    }
    return out;
  }
}

const inOrder = (events: Iterable<ScopedEvent>): ScopedEvent[] => [...events].sort((a, b) => a.seq - b.seq);
