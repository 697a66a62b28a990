/** `window.convoke`: what support staff and tests read from a running page. Documented in web/README.md. */

import { marks } from "../media/marks.ts";
import { publishStats, remoteStats } from "../media/stats.ts";
import type { MeetingSession } from "./session.ts";

declare global {
  interface Window {
    convoke?: ReturnType<typeof debugOf>;
  }
}

export function publishDebug(session: MeetingSession | null): void {
  if (session) window.convoke = debugOf(session);
  else delete window.convoke;
}

function debugOf(session: MeetingSession) {
  return {
    async stats() {
      const connections = session.media.connections;
      const room = session.roster.room.value;
      const remote = connections ? await remoteStats(connections.subscribe, session.media.remote.value) : [];
      const publish = connections ? await publishStats(connections.publish) : null;
      return {
        stage: session.stage.value.at,
        participant_id: room?.selfId ?? null,
        socket: session.line.state.value,
        media: session.media.phase.value,
        node_id: session.media.nodeId.value,
        speaker: session.media.speaker.value,
        remote: remote.map((r) => ({
          ...r,
          display_name: room?.participants.get(r.participant_id)?.display_name ?? null,
        })),
        publish,
        marks: marks(),
      };
    },
    /** The same as "Reconnect audio and video" in the device settings: an ICE restart. */
    restartMedia: () => session.media.renew(),
  };
}
