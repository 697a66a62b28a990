/** A call that rings here. It takes no key that was meant for the page: it is answered by its own. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { type Call, faceOf } from "./model.ts";
import { flashTitle, startRinging } from "./ring.ts";
import { answerCall, declineCall, silenced } from "./state.ts";

const words = text.calls;
/** With Alt and Shift, by the place of the key: neither browsers nor screen readers have these. */
const KEYS: Record<string, "audio" | "video" | "decline"> = { KeyA: "audio", KeyV: "video", KeyD: "decline" };

export function Incoming({ call, me }: { call: Call; me: string | undefined }) {
  const ref = useRef<HTMLDivElement>(null);
  const face = faceOf(call, me);
  const name = call.initiator?.display_name ?? face.name;
  const video = call.media_type === "video";
  const quiet = silenced.value.has(call.id);
  useRinging(name, quiet);
  useKeys(call);
  useLayoutEffect(() => {
    const busy = document.activeElement?.matches("input, textarea, [contenteditable]");
    if (!busy) ref.current?.focus();
  }, []);
  return (
    <div
      ref={ref}
      class="incoming"
      role="alertdialog"
      aria-labelledby={`from-${call.id}`}
      aria-describedby={`what-${call.id}`}
      tabIndex={-1}
      data-call-id={call.id}
      onKeyDown={(event) => event.key === "Escape" && silence(call.id)}
    >
      <Avatar {...face} size="large" />
      <div class="incoming-who">
        <h2 id={`from-${call.id}`} dir="auto">
          {name}
        </h2>
        <p id={`what-${call.id}`} role="alert">
          {video ? words.incomingVideo : words.incoming}
          {call.chat_title && <span dir="auto"> {words.incomingIn(call.chat_title)}</span>}
        </p>
      </div>
      <div class="incoming-actions">
        <Button
          tone="danger"
          icon="leave"
          aria-keyshortcuts="Alt+Shift+D"
          onClick={() => void declineCall(call)}
        >
          {words.decline}
        </Button>
        <Button
          tone={video ? "plain" : "primary"}
          icon="call"
          aria-keyshortcuts="Alt+Shift+A"
          onClick={() => void answerCall(call, "audio")}
        >
          {video ? words.answerAudio : words.answer}
        </Button>
        <Button
          tone={video ? "primary" : "plain"}
          icon="camera"
          aria-keyshortcuts="Alt+Shift+V"
          onClick={() => void answerCall(call, "video")}
        >
          {words.answerVideo}
        </Button>
        {!quiet && (
          <button type="button" class="link" onClick={() => silence(call.id)}>
            <Icon name="bell_off" size={16} /> {words.silence}
          </button>
        )}
      </div>
    </div>
  );
}

function silence(callId: string): void {
  silenced.value = new Set([...silenced.value, callId]);
}

function useRinging(name: string, quiet: boolean): void {
  useEffect(() => {
    if (quiet) return;
    const stops = [startRinging("in"), flashTitle(words.flash(name))];
    return () => {
      for (const stop of stops) stop();
    };
  }, [name, quiet]);
}

function useKeys(call: Call): void {
  // From the moment in which it is seen.
  useLayoutEffect(() => {
    const down = (event: KeyboardEvent) => {
      const wish = event.altKey && event.shiftKey && !event.repeat ? KEYS[event.code] : undefined;
      if (!wish) return;
      event.preventDefault();
      void (wish === "decline" ? declineCall(call) : answerCall(call, wish));
    };
    addEventListener("keydown", down);
    return () => removeEventListener("keydown", down);
  }, [call]);
}
