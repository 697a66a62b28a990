/** Before joining: name, password, and a look at oneself. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../delivery/problem.ts";
import { user } from "../identity/session.ts";
import type { DeviceState } from "../media/capture.ts";
import { DevicePickers } from "../media/pickers.tsx";
import { Video } from "../media/video.tsx";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, Field, IconButton, Notice } from "../ui/controls.tsx";
import { dateTime } from "../ui/dates.ts";
import { remember, remembered } from "../ui/memory.ts";
import { Shell } from "../ui/shell.tsx";
import { invitation } from "./api.ts";
import type { Meeting } from "./model.ts";
import type { MeetingSession } from "./session.ts";

const words = text.prejoin;

export function Prejoin({ session }: { session: MeetingSession }) {
  const meeting = session.meeting.value as Meeting;
  useEffect(() => {
    void session.local.start();
    session.media.prepare();
  }, [session]);
  return (
    <Shell>
      <div class="prejoin">
        <div class="prejoin-look">
          <Preview session={session} />
          <DevicePickers local={session.local} />
          <Faults session={session} />
        </div>
        <section class="card prejoin-card" aria-labelledby="prejoin">
          <h1 id="prejoin">{meeting.title ? words.titleFor(meeting.title) : words.untitled}</h1>
          <p class="prejoin-about">{about(meeting)}</p>
          <JoinForm session={session} meeting={meeting} />
        </section>
      </div>
    </Shell>
  );
}

function about(meeting: Meeting): string {
  if (meeting.status === "active" && meeting.participant_count) return words.live(meeting.participant_count);
  if (meeting.status === "scheduled" && meeting.scheduled_start_time)
    return words.scheduledFor(dateTime(meeting.scheduled_start_time));
  return meeting.code ?? "";
}

function JoinForm({ session, meeting }: { session: MeetingSession; meeting: Meeting }) {
  const me = user.value;
  const [name, setName] = useState(() => remembered("name", ""));
  const [password, setPassword] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const known = Boolean(me);
  useLayoutEffect(() => {
    // Nothing to fill in: Enter is enough.
    if (known) form.current?.querySelector<HTMLElement>("[type=submit]")?.focus();
  }, [known]);
  const problem = session.problem.value;
  const { settings } = meeting;
  const hosting = Boolean(me && meeting.host_user_id === me.id);
  const invited = invitation(meeting.code) !== null;
  const asks = /password/.test(problem?.slug ?? "") || (settings.has_password && !hosting && !invited);
  const closedToGuests = me === null && (settings.require_auth || !settings.allow_guests);
  const next = `?next=${encodeURIComponent(location.pathname)}`;
  if (closedToGuests) {
    return (
      <>
        <Notice>{settings.require_auth ? words.authRequired : words.noGuests}</Notice>
        <a class="button primary wide" href={`/login${next}`}>
          {text.identity.logIn}
        </a>
        <a class="button plain wide" href={`/register${next}`}>
          {text.identity.register}
        </a>
      </>
    );
  }
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const guestName = name.trim();
    if (!me) remember("name", guestName);
    void session.join({ ...(me ? {} : { display_name: guestName }), ...(password ? { password } : {}) });
  };
  return (
    <form class="stack" ref={form} onSubmit={onSubmit}>
      {problem && <Notice tone="error">{joinProblem(problem)}</Notice>}
      {me ? (
        <p class="prejoin-me">
          <Avatar name={me.display_name} id={me.id} size="small" /> {words.asYou(me.display_name)}
        </p>
      ) : (
        <Field
          first
          label={words.name}
          name="name"
          autoComplete="name"
          required
          maxLength={80}
          value={name}
          error={problem?.about("display_name")}
          onInput={(e) => setName(e.currentTarget.value)}
        />
      )}
      {asks && (
        <Field
          label={words.password}
          type="password"
          name="meeting-password"
          autoComplete="off"
          required
          value={password}
          onInput={(e) => setPassword(e.currentTarget.value)}
        />
      )}
      <Button
        type="submit"
        tone="primary"
        class="wide"
        busy={session.joining.value}
        disabled={me === undefined}
      >
        {session.joining.value ? words.joining : settings.waiting_room && !hosting ? words.ask : words.join}
      </Button>
      {settings.waiting_room && !hosting && <p class="hint">{words.waitingRoom}</p>}
    </form>
  );
}

function joinProblem(problem: Problem): string {
  if (problem.status === 429) return text.errors.slowDown(problem.retryAfter);
  return words.problems[problem.slug] ?? (problem.detail || problem.message);
}

/** One's own picture with the two switches; also shown in the waiting room. */
export function Preview({ session, small = false }: { session: MeetingSession; small?: boolean }) {
  const { local } = session;
  const track = local.cameraTrack.value;
  const me = user.value;
  return (
    <div class={small ? "preview small" : "preview"} role="group" aria-label={words.preview}>
      {track ? (
        <Video track={track} mirror />
      ) : (
        <div class="preview-off">
          {me && <Avatar name={me.display_name} id={me.id} size="large" />}
          <p>{local.camera.value === "asking" ? words.cameraStarting : words.cameraOff}</p>
        </div>
      )}
      <div class="preview-controls">
        <IconButton
          icon={local.micOn.value ? "mic" : "mic_off"}
          tone={local.micOn.value && local.micTrack.value ? "plain" : "off"}
          label={local.micOn.value ? text.meeting.mute : text.meeting.unmute}
          onClick={() => void local.setMicrophone(!local.micOn.value)}
        />
        <IconButton
          icon={local.cameraOn.value ? "camera" : "camera_off"}
          tone={track ? "plain" : "off"}
          label={local.cameraOn.value ? text.meeting.cameraOff : text.meeting.cameraOn}
          onClick={() => void local.setCamera(!local.cameraOn.value)}
        />
      </div>
    </div>
  );
}

export function Faults({ session }: { session: MeetingSession }) {
  const of = (kind: "microphone" | "camera", state: DeviceState): string | undefined =>
    (words.fault[kind] as Partial<Record<DeviceState, string>>)[state];
  const { microphone, camera } = session.local;
  const faults = [of("microphone", microphone.value), of("camera", camera.value)].filter(Boolean);
  if (faults.length === 0) return null;
  return (
    <Notice tone="warn">
      {faults.map((fault) => (
        <p key={fault}>{fault}</p>
      ))}
      <p>{words.deviceLater}</p>
    </Notice>
  );
}
