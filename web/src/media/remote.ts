/** Joins what is known of others' streams: which m-line carries which, and which are sending. Pure. */

import type { Slot, StreamInfo, StreamType } from "./model.ts";

export interface RemoteStream<Track> {
  streamId: string;
  participantId: string;
  type: StreamType;
  mid: string;
  track: Track;
  active: boolean;
}

/**
 * `tracks` gives the receiver's track of each mid. A reused m-line keeps its track object, so what a track
 * shows is always decided by the latest slots. A stream the node has said nothing of yet counts as active:
 * its first `streams` message follows within one round trip, and waiting for it would delay the first frame.
 */
export function remoteStreams<Track>(
  slots: readonly Slot[],
  tracks: ReadonlyMap<string, Track>,
  infos: readonly StreamInfo[],
): RemoteStream<Track>[] {
  const active = new Map(infos.map((info) => [info.stream_id, info.active]));
  return slots.flatMap((slot) => {
    const track = tracks.get(slot.mid);
    if (track === undefined) return [];
    const { stream_id: streamId, participant_id: participantId, type, mid } = slot;
    return [{ streamId, participantId, type, mid, track, active: active.get(streamId) ?? true }];
  });
}

/**
 * Which camera subscriptions to change so that exactly the wanted people's cameras come.
 * `unsubscribed` are the streams this page has given up before.
 */
export function subscriptionChanges(
  infos: readonly StreamInfo[],
  wanted: ReadonlySet<string>,
  unsubscribed: ReadonlySet<string>,
): { subscribe: string[]; unsubscribe: string[] } {
  const cameras = infos.filter((info) => info.type === "camera");
  const want = (info: StreamInfo) => wanted.has(info.participant_id);
  return {
    subscribe: cameras.filter((i) => want(i) && unsubscribed.has(i.stream_id)).map((i) => i.stream_id),
    unsubscribe: cameras.filter((i) => !want(i) && !unsubscribed.has(i.stream_id)).map((i) => i.stream_id),
  };
}
