/** What this page sends of each kind, whichever pair of connections it goes over. */

import { midOf, PUBLISHED, type PublishOffer, type StreamType } from "./model.ts";
import type { Pair } from "./pair.ts";

export class Published {
  #streams = new Map<StreamType, { track: MediaStreamTrack | null; active: boolean }>();

  /** Whether the track is another one than before. */
  set(type: StreamType, track: MediaStreamTrack | null, active: boolean): boolean {
    const before = this.#streams.get(type)?.track ?? null;
    this.#streams.set(type, { track, active: active && track !== null });
    return before !== track;
  }

  offer(sdp: string): PublishOffer {
    const streams = PUBLISHED.map((type) => ({ mid: midOf(type), type, active: this.#isActive(type) }));
    return { sdp, streams };
  }

  /** To a new pair, before it is offered. */
  async attach(pair: Pick<Pair, "sender">): Promise<void> {
    await Promise.all([...this.#streams].map(([type, { track }]) => pair.sender(type).replaceTrack(track)));
  }

  /** The node forwards what is active only. */
  tell(pair: Pick<Pair, "send"> | null, types: readonly StreamType[] = PUBLISHED): void {
    for (const type of types) pair?.send({ op: "stream", mid: midOf(type), active: this.#isActive(type) });
  }

  #isActive(type: StreamType): boolean {
    return this.#streams.get(type)?.active ?? false;
  }
}
