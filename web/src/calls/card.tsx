/** Before and after the talk: calling, ringing, connecting, and how it ended. */

import { useEffect } from "preact/hooks";
import { user } from "../identity/session.ts";
import { Video } from "../media/video.tsx";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/controls.tsx";
import { useFirstFocus } from "../ui/focus.ts";
import { whyNot } from "../ui/parts.tsx";
import type { CurrentCall } from "./current.ts";
import { duration, faceOf } from "./model.ts";
import { startRinging } from "./ring.ts";
import { closeCall, joinCall, startCall } from "./state.ts";

const words = text.calls;
/** An end that needs no answer is shown for so long. */
const SHOWN_MS = 2500;

export function CallCard({ call }: { call: CurrentCall }) {
  const known = call.call.value;
  const phase = call.phase.value;
  const face = known ? faceOf(known, user.value?.id) : null;
  const own = call.session.value?.local.cameraTrack.value;
  useEffect(() => (phase === "ringing" ? startRinging("out") : undefined), [phase === "ringing"]);
  return (
    <section class="call-card">
      {own && phase !== "over" && (
        <div class="call-preview" aria-hidden="true">
          <Video track={own} mirror />
        </div>
      )}
      {face && <Avatar {...face} size="large" />}
      <h2 dir="auto">{face?.name ?? words.title}</h2>
      {phase === "over" ? <Over call={call} /> : <Under call={call} />}
    </section>
  );
}

function Under({ call }: { call: CurrentCall }) {
  const phase = call.phase.value;
  const focus = useFirstFocus<HTMLDivElement>(true, true);
  const said = { starting: words.starting, ringing: words.ringing, connecting: words.connecting };
  return (
    <>
      <p class="call-phase" role="status">
        {said[phase as keyof typeof said] ?? words.connecting}
      </p>
      <div class="call-card-actions" ref={focus} tabIndex={-1}>
        <Button tone="danger" icon="leave" onClick={() => void call.hangUp()}>
          {phase === "connecting" ? words.hangUp : words.cancel}
        </Button>
      </div>
    </>
  );
}

function Over({ call }: { call: CurrentCall }) {
  const ending = call.ending.value ?? "ended";
  const known = call.call.value;
  const problem = call.problem.value;
  const quick = ending === "ended" || ending === "cancelled";
  useEffect(() => {
    if (!quick) return;
    const timer = setTimeout(() => closeCall(call), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [quick, call]);
  const back = ending === "elsewhere" || (ending === "lost" && known?.ended_at === null);
  // In a group that one is not in any more nobody can be called.
  const again = !quick && !back && ending !== "removed" && known !== null;
  return (
    <>
      <p class="call-phase" role="status">
        {problem ? whyNot(problem) : words.ends[ending]}
        {known?.duration_seconds ? ` · ${duration(known.duration_seconds)}` : ""}
      </p>
      <div class="call-card-actions">
        {back && known && (
          <Button tone="primary" icon="call" onClick={() => void joinCall(known.id, call.mediaType)}>
            {words.back}
          </Button>
        )}
        {again && known && (
          <Button
            tone="primary"
            icon={call.mediaType === "video" ? "camera" : "call"}
            onClick={() => void startCall({ chatId: known.chat_id }, call.mediaType)}
          >
            {words.again}
          </Button>
        )}
        <Button onClick={() => closeCall(call)}>{text.common.close}</Button>
      </div>
    </>
  );
}
