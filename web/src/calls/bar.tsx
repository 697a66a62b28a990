/** The controls of a call. */

import type { MeetingSession } from "../meetings/session.ts";
import { text } from "../text.ts";
import { IconButton } from "../ui/controls.tsx";
import { alongToolbar } from "../ui/focus.ts";
import type { CurrentCall } from "./current.ts";

const words = text.calls;
const meeting = text.meeting;

interface BarProps {
  call: CurrentCall;
  session: MeetingSession;
}

export function CallBar({ call, session, onAdd }: BarProps & { onAdd(): void }) {
  const sharing = session.local.screenTrack.value !== null;
  return (
    <footer class="room-foot">
      <div class="bar" role="toolbar" aria-label={meeting.controls} onKeyDown={alongToolbar}>
        <MicButton session={session} />
        <CameraButton session={session} />
        {"getDisplayMedia" in (navigator.mediaDevices ?? {}) && (
          <IconButton
            icon={sharing ? "screen_stop" : "screen_start"}
            tone={sharing ? "on" : "plain"}
            aria-pressed={sharing}
            label={sharing ? meeting.stopShare : meeting.share}
            onClick={() => void session.own.setScreen(!sharing)}
          />
        )}
        <IconButton icon="admit" label={words.add} onClick={onAdd} />
        <IconButton
          icon="down"
          label={words.minimise}
          onClick={() => {
            call.minimised.value = true;
          }}
        />
        <IconButton
          class="leave"
          icon="leave"
          tone="danger"
          label={words.hangUp}
          onClick={() => void call.hangUp()}
        />
      </div>
    </footer>
  );
}

export function MicButton({ session }: { session: MeetingSession }) {
  const on = session.local.micOn.value && session.local.micTrack.value !== null;
  return (
    <IconButton
      icon={on ? "mic" : "mic_off"}
      tone={on ? "plain" : "off"}
      label={on ? meeting.mute : meeting.unmute}
      onClick={() => void session.own.setMicrophone(!on)}
    />
  );
}

function CameraButton({ session }: { session: MeetingSession }) {
  const on = session.local.cameraOn.value && session.local.cameraTrack.value !== null;
  return (
    <IconButton
      icon={on ? "camera" : "camera_off"}
      tone={on ? "plain" : "off"}
      label={on ? meeting.cameraOff : meeting.cameraOn}
      onClick={() => void session.own.setCamera(!on)}
    />
  );
}
