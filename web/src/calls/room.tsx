/** In the call: the stage of a meeting with a bar of its own. Two see each other large and themselves small. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { user } from "../identity/session.ts";
import type { Quality } from "../media/quality.ts";
import { RemoteAudio } from "../media/video.tsx";
import { Banners, useQuality } from "../meetings/room.tsx";
import type { MeetingSession } from "../meetings/session.ts";
import { Stage, useWatched } from "../meetings/stage.tsx";
import { Tile } from "../meetings/tile.tsx";
import { View } from "../meetings/view.ts";
import { text } from "../text.ts";
import { AddPeople } from "./add_people.tsx";
import { CallBar } from "./bar.tsx";
import type { CurrentCall } from "./current.ts";
import { duration, titleOf } from "./model.ts";

const words = text.calls;

export function CallRoom({ call, session }: { call: CurrentCall; session: MeetingSession }) {
  const view = useMemo(() => new View(), [session]);
  const quality = useQuality(session);
  const [adding, setAdding] = useState(false);
  const known = call.call.value;
  const people = session.roster.room.value?.participants.size ?? 0;
  const shared = [...(session.roster.room.value?.participants.values() ?? [])].some((p) => p.screen_sharing);
  const pair = known?.kind === "one_to_one" && people <= 2 && !shared;
  return (
    <div class="room call-room">
      <header class="room-head">
        <h1 dir="auto">{known ? titleOf(known, user.value?.id) : words.inCall}</h1>
        <Clock since={known?.answered_at ?? null} />
        <Ringing call={call} />
      </header>
      <Banners session={session} />
      <main class="room-main">
        {pair ? (
          <Pair session={session} quality={quality} />
        ) : (
          <Stage session={session} view={view} quality={quality} alone={<Alone />} />
        )}
      </main>
      <CallBar call={call} session={session} onAdd={() => setAdding(true)} />
      <RemoteAudio streams={session.media.remote.value} speakerId={session.local.speakerId.value} />
      {adding && known && <AddPeople call={known} onClose={() => setAdding(false)} />}
    </div>
  );
}

function Pair({ session, quality }: { session: MeetingSession; quality: ReadonlyMap<string, Quality> }) {
  const room = session.roster.room.value;
  const self = session.roster.self.value;
  const other = session.roster.others.value[0];
  const remote = session.media.remote.value;
  useWatched(session, other ? [other] : []);
  if (!room || !self) return null;
  const seen = remote.find((s) => s.participantId === other?.id && s.type === "camera" && s.active);
  const tile = { quality: null, speaking: false, pinned: false, onPin: () => undefined };
  return (
    <section class="call-pair" aria-label={words.people}>
      {other ? (
        <Tile
          {...tile}
          key={other.id}
          participant={other}
          self={false}
          track={seen?.track ?? null}
          quality={quality.get(other.id) ?? null}
          speaking={session.media.speaking.value.has(other.id) && !other.muted}
          large
        />
      ) : (
        <Alone />
      )}
      <div class="call-self">
        <Tile {...tile} key={self.id} participant={self} self track={session.local.cameraTrack.value} />
      </div>
    </section>
  );
}

function Alone() {
  return (
    <div class="alone">
      <h2>{words.alone}</h2>
      <p>{words.aloneHint}</p>
    </div>
  );
}

function Ringing({ call }: { call: CurrentCall }) {
  const ringing = call.call.value?.participants.filter((person) => person.state === "ringing") ?? [];
  if (ringing.length === 0) return null;
  return (
    <p class="call-ringing" role="status" dir="auto">
      {words.ringingThem(words.and(ringing.map((person) => person.display_name)))}
    </p>
  );
}

/** How long one has been talking. */
export function Clock({ since }: { since: string | null }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  if (!since) return null;
  return (
    <span class="call-clock" role="timer">
      {duration(Math.max(0, (Date.now() - Date.parse(since)) / 1000))}
    </span>
  );
}
