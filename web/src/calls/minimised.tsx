/** A call beside a page: it goes on being heard, and one gets back to it. */

import { user } from "../identity/session.ts";
import { RemoteAudio } from "../media/video.tsx";
import { text } from "../text.ts";
import { Button, IconButton } from "../ui/controls.tsx";
import { MicButton } from "./bar.tsx";
import type { CurrentCall } from "./current.ts";
import { titleOf } from "./model.ts";
import { Clock } from "./room.tsx";

const words = text.calls;

export function Minimised({ call }: { call: CurrentCall }) {
  const session = call.session.value;
  const known = call.call.value;
  if (!session || !known) return null;
  const title = titleOf(known, user.value?.id);
  return (
    <section class="call-mini" aria-label={words.inCallWith(title)}>
      <Button
        tone="quiet"
        icon="call"
        aria-label={words.back}
        onClick={() => {
          call.minimised.value = false;
        }}
      >
        <span class="call-mini-title" dir="auto">
          {title}
        </span>
        <Clock since={known.answered_at} />
      </Button>
      <MicButton session={session} />
      <IconButton icon="leave" tone="danger" label={words.hangUp} onClick={() => void call.hangUp()} />
      <RemoteAudio streams={session.media.remote.value} speakerId={session.local.speakerId.value} />
    </section>
  );
}
