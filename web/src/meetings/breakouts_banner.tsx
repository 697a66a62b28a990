/** What everybody sees of breakout rooms: where one is, how long, and the way there and back. */

import { useEffect, useState } from "preact/hooks";
import { text } from "../text.ts";
import { Button } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { isOpen, remaining, roomOf } from "./breakouts.ts";
import { command } from "./people.tsx";
import type { MeetingSession } from "./session.ts";

const words = text.breakouts;

export function BreakoutsBanner({ session }: { session: MeetingSession }) {
  const current = session.breakouts.current.value;
  const self = session.roster.self.value;
  if (!current || !self || !isOpen(current)) return null;
  const here = session.breakouts.room.value;
  const enter = (id: string | null) => void command(session, "breakout.enter", { room_id: id });
  const planned = roomOf(current, current.assignments[self.id]);
  const open = current.by_choice ? current.rooms : planned ? [planned] : [];
  if (!here && open.length === 0) return null;
  return (
    <p class="banner breakouts-banner">
      <Icon name="door" size={18} />
      <span>{here ? words.inRoom(here.name) : current.by_choice ? words.choose : words.opened}</span>
      {current.ends_at && <Countdown endsAt={current.ends_at} />}
      {here ? (
        <Button onClick={() => enter(null)}>{words.back}</Button>
      ) : (
        open.map((room) => (
          <Button key={room.id} tone="primary" onClick={() => enter(room.id)}>
            {words.enter(room.name)}
          </Button>
        ))
      )}
    </p>
  );
}

export function Countdown({ endsAt }: { endsAt: string }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [endsAt]);
  // A screen reader would read every second of it.
  return (
    <span class="countdown" role="timer" aria-live="off">
      {words.left(remaining(endsAt, now))}
    </span>
  );
}
