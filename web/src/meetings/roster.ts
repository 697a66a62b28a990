/** The room as this page knows it: the snapshot of the join, kept up to date by events. */

import { computed, signal } from "@preact/signals";
import type { ScopedEvent } from "../delivery/sequence.ts";
import { listParticipants } from "./api.ts";
import { Comings } from "./comings.ts";
import { isModerator, mayPublish } from "./model.ts";
import type { JoinedReply } from "./stages.ts";
import {
  type CatchUp,
  catchUp,
  complete,
  expireReactions,
  isNear,
  REACTION_MS,
  type RoomState,
  reduce,
  startRoom,
} from "./state.ts";

const AGAIN_MS = 5000;

export class Roster {
  readonly room = signal<RoomState | null>(null);
  readonly comings = new Comings();
  readonly self = computed(() => this.room.value?.participants.get(this.room.value.selfId) ?? null);
  readonly moderator = computed(() => isModerator(this.self.value?.role));
  readonly mayPublish = computed(() => mayPublish(this.self.value?.role));
  readonly others = computed(() => {
    const room = this.room.value;
    return room ? [...room.participants.values()].filter((p) => p.id !== room.selfId) : [];
  });
  /** Everybody in the room where one is: the main one, or a breakout room. */
  readonly near = computed(() => {
    const room = this.room.value;
    return room ? [...room.participants.values()].filter((p) => isNear(room, p)) : [];
  });
  #reference: string;
  /** Who has left since the whole list was asked for: the list may still have them. */
  #left: Set<string> | null = null;

  constructor(reference: string) {
    this.#reference = reference;
  }

  start(reply: JoinedReply): void {
    this.room.value = startRoom(reply);
    void this.#completeTo(reply.participants_total ?? 0);
  }

  clear(): void {
    this.#left = null;
    this.comings.clear();
    this.room.value = null;
  }

  /** The room after an event; null when one is in none. */
  apply(event: ScopedEvent): RoomState | null {
    const before = this.room.value;
    if (!before) return null;
    const room = reduce(before, this.#whole(event), Date.now());
    this.room.value = room;
    const id = String(event.data.participant_id ?? (event.data.participant as { id?: string })?.id);
    const [was, is] = [before.participants.get(id), room.participants.get(id)];
    if (event.event === "participant.joined" && !was && is) this.comings.came(is.display_name);
    if (was && !is) this.comings.went(was.display_name);
    if (event.event === "participant.left") this.#left?.add(id);
    if (event.event === "reaction") setTimeout(() => this.#fade(), REACTION_MS + 50);
    return room;
  }

  /** While the roster is not complete, a change may be of somebody who is only missing from it. */
  #whole(event: ScopedEvent): ScopedEvent {
    const { id = "" } = (event.data.participant ?? {}) as { id?: string };
    const missing = event.event === "participant.updated" && this.#left?.has(id) === false;
    return missing ? { ...event, event: "participant.joined" } : event;
  }

  /** `total` is how many are in, as the server said with the roster at hand. */
  catchUp(reply: CatchUp, total: number): void {
    if (!this.room.value) return;
    this.room.value = catchUp(this.room.value, reply);
    if (reply.participants) void this.#completeTo(total);
  }

  /** A roster too long for one message of the socket is completed over REST. */
  async #completeTo(total: number): Promise<void> {
    const before = this.room.value;
    if (!before || before.participants.size >= total) return;
    const left = new Set<string>();
    this.#left = left;
    try {
      const everyone = await listParticipants(this.#reference);
      const room = this.room.value;
      if (this.#left !== left || !room) return;
      this.#left = null;
      const here = everyone.filter((p) => !left.has(p.id));
      this.room.value = complete(room, here);
    } catch {
      setTimeout(() => this.#left === left && void this.#completeTo(total), AGAIN_MS);
    }
  }

  #fade(): void {
    if (this.room.value) this.room.value = expireReactions(this.room.value, Date.now());
  }
}
