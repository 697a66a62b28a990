/**
 * Whom this page shows, and how they are. Those who ask for the same person at the same time share one request;
 * what nobody shows any more is given up a moment later, since the next page may show it again.
 */

import { type Signal, signal } from "@preact/signals";
import { latest, type Presence } from "./model.ts";

/** The server takes that many at once. */
const AT_ONCE = 200;
const GATHER_MS = 40;
const LINGER_MS = 3000;
/** After a failure; without a connection the next one asks at once. */
const AGAIN_MS = 2000;

export interface Line {
  watch(userIds: string[]): Promise<Presence[]>;
  unwatch(userIds: string[]): Promise<unknown>;
}

export class Following {
  #line: Line;
  #shown = new Map<string, number>();
  #known = new Map<string, Signal<Presence | null>>();
  #asked = new Set<string>();
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  /** Two requests may cross on the way: who is followed anew must not be given up after that. */
  #givingUp: Promise<unknown> = Promise.resolve();

  constructor(line: Line) {
    this.#line = line;
  }

  /** Null: not known yet, or not for us to know. Reading it subscribes to it. */
  of(userId: string): Presence | null {
    return this.#signal(userId).value;
  }

  /** Returns how to stop. */
  follow(userId: string): () => void {
    this.#shown.set(userId, (this.#shown.get(userId) ?? 0) + 1);
    if (!this.#asked.has(userId)) this.#gathering ??= setTimeout(() => this.#gather(), GATHER_MS);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      const left = (this.#shown.get(userId) ?? 1) - 1;
      if (left > 0) this.#shown.set(userId, left);
      else this.#shown.delete(userId);
      this.#lingering ??= setTimeout(() => this.#giveUp(), LINGER_MS);
    };
  }

  /** What the server has told of somebody. */
  take(presence: Presence): void {
    if (!this.#asked.has(presence.user_id)) return;
    const known = this.#signal(presence.user_id);
    known.value = latest(known.peek(), presence);
  }

  /** Ask again for everybody: the connection is new, or what was asked is about to expire. */
  renew(): void {
    this.#ask([...this.#shown.keys()]);
  }

  /** Ask again for those of whom nothing was told: they may have come to share a chat with us. */
  retry(): void {
    this.#ask([...this.#shown.keys()].filter((userId) => !this.#signal(userId).peek()));
  }

  /** Another person sits here now. */
  forget(): void {
    this.#asked.clear();
    for (const known of this.#known.values()) known.value = null;
  }

  #gather(): void {
    this.#gathering = undefined;
    this.#ask([...this.#shown.keys()].filter((userId) => !this.#asked.has(userId)));
  }

  #ask(userIds: string[]): void {
    for (const userId of userIds) this.#asked.add(userId);
    for (let from = 0; from < userIds.length; from += AT_ONCE) {
      void this.#load(userIds.slice(from, from + AT_ONCE));
    }
  }

  async #load(userIds: string[]): Promise<void> {
    const before = new Map(userIds.map((userId) => [userId, this.#signal(userId).peek()]));
    await this.#givingUp;
    let items: Presence[];
    try {
      items = await this.#line.watch(userIds);
    } catch {
      for (const userId of userIds) this.#asked.delete(userId);
      this.#gathering ??= setTimeout(() => this.#gather(), AGAIN_MS);
      return;
    }
    const seen = new Set(items.map((item) => item.user_id));
    for (const item of items) this.take(item);
    for (const userId of userIds) {
      const known = this.#signal(userId);
      // What was told meanwhile is newer.
      if (!seen.has(userId) && known.peek() === before.get(userId)) known.value = null;
    }
  }

  #giveUp(): void {
    this.#lingering = undefined;
    const idle = [...this.#asked].filter((userId) => !this.#shown.has(userId));
    for (const userId of idle) {
      this.#asked.delete(userId);
      this.#known.delete(userId);
    }
    for (let from = 0; from < idle.length; from += AT_ONCE) {
      const gone = this.#line.unwatch(idle.slice(from, from + AT_ONCE)).catch(() => undefined);
      this.#givingUp = Promise.all([this.#givingUp, gone]);
    }
  }

  #signal(userId: string): Signal<Presence | null> {
    const known = this.#known.get(userId) ?? signal<Presence | null>(null);
    this.#known.set(userId, known);
    return known;
  }
}
