/** Calls above whatever page is open: what rings, one's own call ringing out, and the room of the call. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import "./calls.css";
import { CallCard } from "./card.tsx";
import { Incoming } from "./incoming.tsx";
import { Minimised } from "./minimised.tsx";
import { CallRoom } from "./room.tsx";
import { current, incoming, listen } from "./state.ts";

export function CallLayer() {
  useEffect(listen, []);
  const call = current.value;
  const me = user.value?.id;
  return (
    <>
      {call && (call.minimised.value ? <Minimised call={call} /> : <InFront />)}
      {incoming.value.length > 0 && (
        <section class="incoming-list" aria-label={text.calls.incoming}>
          {incoming.value.map((ringing) => (
            <Incoming key={ringing.id} call={ringing} me={me} />
          ))}
        </section>
      )}
    </>
  );
}

/** The whole window: the page below is out of reach, not gone. */
function InFront() {
  const call = current.value;
  const ref = useRef<HTMLDivElement>(null);
  const inside = call?.phase.value === "in" && call.session.value !== null;
  useLayoutEffect(() => {
    // What had the focus is gone with the stage before.
    if (!ref.current?.contains(document.activeElement)) ref.current?.focus();
  }, [inside]);
  useLayoutEffect(() => {
    const page = document.querySelector<HTMLElement>(".shell, .room:not(.call-room)");
    page?.setAttribute("inert", "");
    return () => page?.removeAttribute("inert");
  }, []);
  if (!call) return null;
  return (
    <div
      ref={ref}
      class="call-layer"
      role="dialog"
      aria-modal="true"
      aria-label={text.calls.inCall}
      tabIndex={-1}
    >
      {inside && call.session.value ? (
        <CallRoom call={call} session={call.session.value} />
      ) : (
        <CallCard call={call} />
      )}
    </div>
  );
}
