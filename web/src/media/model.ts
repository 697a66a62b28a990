/** What the media node and this page say to each other (docs/protocol/media.md). */

export type StreamType = "microphone" | "camera" | "screen" | "screen_audio";

/** The publish connection's m-lines, made once and never renegotiated: the index is the mid. */
export const PUBLISHED: readonly StreamType[] = ["microphone", "camera", "screen", "screen_audio"];
export const midOf = (type: StreamType): string => String(PUBLISHED.indexOf(type));

export interface PublishOffer {
  sdp: string;
  streams: { mid: string; type: StreamType; active: boolean }[];
}

export interface Slot {
  mid: string;
  stream_id: string;
  participant_id: string;
  type: StreamType;
}

export interface NodeSession {
  session_id: string;
  node_id: string;
  publish: { sdp: string };
  subscribe: { sdp: string; slots: Slot[] };
}

export interface StreamInfo {
  stream_id: string;
  participant_id: string;
  type: StreamType;
  active: boolean;
  codec?: string;
}

export type FromNode =
  | { op: "offer"; sdp: string; slots: Slot[] }
  | { op: "restarted"; publish: { sdp: string }; subscribe: { sdp: string; slots: Slot[] } }
  | { op: "pong"; t: number }
  | { op: "speakers"; speakers: { participant_id: string; level: number }[]; active: string | null }
  | { op: "streams"; streams: StreamInfo[] }
  | { op: "drain" }
  | { op: "error"; error: { type?: string; title?: string; detail?: string } };
