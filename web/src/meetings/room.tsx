/** In the meeting. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { ChatPanel } from "../chat/panel.tsx";
import type { Quality } from "../media/quality.ts";
import { publishStats, QualityWatch, readings, remoteStats } from "../media/stats.ts";
import { hear, RemoteAudio, silenced } from "../media/video.tsx";
import { text } from "../text.ts";
import { copy } from "../ui/clipboard.ts";
import { Button, IconButton } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { toast } from "../ui/toasts.ts";
import { Bar } from "./bar.tsx";
import { BreakoutsBanner } from "./breakouts_banner.tsx";
import { BreakoutsDialog } from "./breakouts_dialog.tsx";
import { DevicesDialog, HelpDialog, LeaveDialog } from "./dialogs.tsx";
import { useKeys } from "./keys.ts";
import type { Meeting } from "./model.ts";
import { useNews } from "./news.ts";
import { People } from "./people.tsx";
import type { MeetingSession } from "./session.ts";
import { Stage } from "./stage.tsx";
import { View } from "./view.ts";
import { inviteLink } from "./words.ts";

const words = text.meeting;

export function Room({ session }: { session: MeetingSession }) {
  const view = useMemo(() => new View(), [session]);
  const quality = useQuality(session);
  useKeys(session, view);
  useNews(session, view);
  const panel = view.panel.value;
  const invite = () =>
    void copy(inviteLink(session.meeting.value as Meeting)).then(() => toast(words.invited));
  const leave = () => {
    if (session.roster.self.value?.role === "host" && session.roster.others.value.length > 0)
      view.modal.value = "leave";
    else session.leave();
  };
  return (
    <div class={panel ? "room with-panel" : "room"}>
      <Head session={session} onInvite={invite} />
      <Banners session={session} />
      <main class="room-main">
        <Stage session={session} view={view} quality={quality} />
        <Floating session={session} />
        <p class="comings" role="status" aria-label={words.comings}>
          {session.roster.comings.note.value}
        </p>
        {view.talking.value && (
          <p class="talking" role="status">
            {words.pushToTalk}
          </p>
        )}
      </main>
      {panel === "chat" && session.chat.value && (
        <Panel what="chat" title={text.chat.title} onClose={() => view.togglePanel("chat")}>
          <ChatPanel session={session} chat={session.chat.value} />
        </Panel>
      )}
      {panel === "people" && (
        <Panel what="people" title={text.people.title} onClose={() => view.togglePanel("people")}>
          <People session={session} view={view} />
        </Panel>
      )}
      <Bar session={session} view={view} onInvite={invite} onLeave={leave} />
      <RemoteAudio streams={session.media.remote.value} speakerId={session.local.speakerId.value} />
      {view.modal.value === "leave" && (
        <LeaveDialog
          session={session}
          onClose={() => {
            view.modal.value = null;
          }}
        />
      )}
      {view.modal.value === "devices" && (
        <DevicesDialog
          session={session}
          onClose={() => {
            view.modal.value = null;
          }}
        />
      )}
      {view.modal.value === "breakouts" && (
        <BreakoutsDialog
          session={session}
          onClose={() => {
            view.modal.value = null;
          }}
        />
      )}
      {view.modal.value === "help" && (
        <HelpDialog
          onClose={() => {
            view.modal.value = null;
          }}
        />
      )}
    </div>
  );
}

function Head({ session, onInvite }: { session: MeetingSession; onInvite(): void }) {
  const meeting = session.meeting.value;
  const room = session.roster.room.value;
  if (!meeting || !room) return null;
  return (
    <header class="room-head">
      <h1 dir="auto">{meeting.title || text.home.untitled}</h1>
      {meeting.locked && (
        <span class="chip" role="img" aria-label={words.locked}>
          <Icon name="lock" size={14} />
        </span>
      )}
      <span class="room-count">{words.count(room.participants.size)}</span>
      <button
        type="button"
        class="room-code"
        aria-label={`${words.invite} ${meeting.code}`}
        onClick={onInvite}
      >
        <span>{meeting.code}</span> <Icon name="copy" size={14} />
      </button>
    </header>
  );
}

function Panel({
  what,
  title,
  onClose,
  children,
}: {
  what: "chat" | "people";
  title: string;
  onClose(): void;
  children: ComponentChildren;
}) {
  const ref = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const panel = ref.current;
    // What it holds may have taken the focus already.
    if (!panel?.contains(document.activeElement)) panel?.focus();
    return () => {
      // The focus goes back to where the panel is opened, unless it has gone elsewhere already.
      if (!panel?.contains(document.activeElement)) return;
      const opener = document.querySelector<HTMLElement>(`[data-opens=${what}]`);
      queueMicrotask(() => opener?.focus());
    };
  }, [what]);
  return (
    <aside class="panel" aria-label={title} ref={ref} tabIndex={-1}>
      <header class="panel-head">
        <h2>{title}</h2>
        <IconButton icon="close" tone="quiet" tip="none" label={text.common.close} onClick={onClose} />
      </header>
      {children}
    </aside>
  );
}

export function Banners({ session }: { session: MeetingSession }) {
  const socket = session.line.state.value;
  const media = session.media.phase.value;
  return (
    <div class="banners" aria-live="polite">
      {socket === "reconnecting" && (
        <p class="banner warn">
          <span class="spinner small" aria-hidden="true" />
          {words.reconnecting}
        </p>
      )}
      {socket === "open" && media === "restarting" && (
        <p class="banner warn">
          <span class="spinner small" aria-hidden="true" />
          {words.mediaRestarting}
        </p>
      )}
      {socket === "open" && media === "connecting" && (
        <p class="banner late">
          <span class="spinner small" aria-hidden="true" />
          {words.mediaConnecting}
        </p>
      )}
      {socket === "open" && media === "unavailable" && (
        <p class="banner error">
          {words.mediaUnavailable} <Button onClick={() => session.media.renew()}>{words.retryMedia}</Button>
        </p>
      )}
      <BreakoutsBanner session={session} />
      {session.local.screenTrack.value && (
        <p class="banner">
          <Icon name="screen" size={18} /> {words.youPresent}
        </p>
      )}
      {silenced.value.size > 0 && (
        <p class="banner">
          <Icon name="sound" size={18} /> {words.hearLead}{" "}
          <Button tone="primary" onClick={() => void hear()}>
            {words.hear}
          </Button>
        </p>
      )}
    </div>
  );
}

function Floating({ session }: { session: MeetingSession }) {
  const room = session.roster.room.value;
  const nameOf = (id: string) =>
    id === room?.selfId ? words.you : (room?.participants.get(id)?.display_name ?? "");
  return (
    <div class="floating" role="log" aria-live="polite" aria-label={words.react}>
      {room?.reactions.map((r) => (
        <span key={r.key} class={`floating-one lane-${r.key % 6}`} data-participant-id={r.participantId}>
          <span
            class="floating-emoji"
            role="img"
            aria-label={words.reactionBy(nameOf(r.participantId), r.emoji)}
          >
            {r.emoji}
          </span>
          <small aria-hidden="true" dir="auto">
            {nameOf(r.participantId)}
          </small>
        </span>
      ))}
    </div>
  );
}

const QUALITY_MS = 3000;

export function useQuality(session: MeetingSession): ReadonlyMap<string, Quality> {
  const [quality, setQuality] = useState<ReadonlyMap<string, Quality>>(new Map());
  useEffect(() => {
    const watch = new QualityWatch();
    const timer = setInterval(async () => {
      const connections = session.media.connections;
      const self = session.roster.room.value?.selfId;
      if (!connections || !self || document.hidden) return;
      const all = readings(await remoteStats(connections.subscribe, session.media.remote.value));
      all.set(self, (await publishStats(connections.publish)).own);
      setQuality(watch.rate(all));
    }, QUALITY_MS);
    return () => clearInterval(timer);
  }, [session]);
  return quality;
}
