/** Breakout rooms as this page knows them: which there are, where one is, and that their time is up. */

import { computed, type ReadonlySignal } from "@preact/signals";
import { text } from "../text.ts";
import { toast } from "../ui/toasts.ts";
import type { Participant } from "./model.ts";
import type { RoomState } from "./state.ts";

export interface BreakoutRoom {
  id: string;
  name: string;
}

export interface Breakouts {
  status: "draft" | "open" | "closing" | "closed";
  by_choice: boolean;
  ends_at: string | null;
  rooms: BreakoutRoom[];
  /** Room by participant, as planned. */
  assignments: Record<string, string>;
}

/** A data attribute of the server's event: room by participant, null for the main room. */
export type Moved = Record<string, string | null>;

/** Beside it: the version of each of them at that move. */
export type Versions = Record<string, number>;

export const isOpen = (breakouts: Breakouts | null): boolean =>
  breakouts?.status === "open" || breakouts?.status === "closing";

/** Clients say at different moments that the time is up: one is enough. */
const SPREAD_MS = 1500;
const AGAIN_MS = 3000;

export function roomOf(breakouts: Breakouts | null, id: string | null | undefined): BreakoutRoom | null {
  return breakouts?.rooms.find((room) => room.id === id) ?? null;
}

/** Minutes and seconds until then, "4:05"; never less than none. */
export function remaining(endsAt: string, now: number): string {
  const seconds = Math.max(0, Math.ceil((Date.parse(endsAt) - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

interface Place {
  room: ReadonlySignal<RoomState | null>;
  self: ReadonlySignal<Participant | null>;
}

export class BreakoutWatch {
  readonly current: ReadonlySignal<Breakouts | null>;
  /** The room that one is in; null in the main room. */
  readonly room: ReadonlySignal<BreakoutRoom | null>;
  #self: ReadonlySignal<Participant | null>;
  #move: (to: BreakoutRoom | null) => void;
  #expire: () => Promise<unknown>;
  #known: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `move`: media and chat have to go to another room; `expire`: tell the server that the time is up. */
  constructor(
    { room, self }: Place,
    move: (to: BreakoutRoom | null) => void,
    expire: () => Promise<unknown>,
  ) {
    this.#self = self;
    this.#move = move;
    this.#expire = expire;
    this.current = computed(() => room.value?.breakouts ?? null);
    this.room = computed(() => roomOf(this.current.value, self.value?.breakout_id));
  }

  /** One has come in: media was connected in the right room by that. */
  entered(): void {
    this.#known = this.#self.value?.breakout_id ?? null;
    this.#watchTheClock();
  }

  /** Something has changed: perhaps where one is, perhaps when it ends. */
  changed(): void {
    this.#watchTheClock();
    const self = this.#self.value;
    if (!self || (self.breakout_id ?? null) === this.#known) return;
    this.#known = self.breakout_id ?? null;
    const name = this.room.value?.name;
    toast(name ? text.breakouts.moved(name) : text.breakouts.returned, { kind: "breakouts" });
    this.#move(this.room.value);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #watchTheClock(least = 0): void {
    clearTimeout(this.#timer);
    const current = this.current.value;
    if (!current?.ends_at || !isOpen(current)) return;
    const wait = Math.max(least, Date.parse(current.ends_at) - Date.now()) + 200 + Math.random() * SPREAD_MS;
    // Asked too early (clocks differ), the server changes nothing: then once more.
    this.#timer = setTimeout(() => {
      this.#expire()
        .catch(() => undefined)
        .finally(() => this.#watchTheClock(AGAIN_MS));
    }, wait);
  }
}
