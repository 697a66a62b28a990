/** In the waiting room. */

import { text } from "../text.ts";
import { Button, Notice } from "../ui/controls.tsx";
import { useFirstFocus } from "../ui/focus.ts";
import { Shell } from "../ui/shell.tsx";
import { Preview } from "./prejoin.tsx";
import type { MeetingSession } from "./session.ts";

export function Waiting({ session }: { session: MeetingSession }) {
  const heading = useFirstFocus<HTMLHeadingElement>(true, true);
  return (
    <Shell narrow>
      <section class="outcome" aria-labelledby="waiting" aria-live="polite">
        <span class="spinner" aria-hidden="true" />
        <h1 id="waiting" ref={heading} tabIndex={-1}>
          {text.waiting.title}
        </h1>
        <p class="lead">{text.waiting.lead}</p>
        {session.line.state.value === "reconnecting" && (
          <Notice tone="warn">{text.waiting.reconnecting}</Notice>
        )}
        <Preview session={session} small />
        <div class="outcome-actions">
          <Button onClick={() => session.leave()}>{text.waiting.leave}</Button>
        </div>
      </section>
    </Shell>
  );
}
