/** Everyone's pictures: a grid that fits, or one large with the others beside it. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { StreamType } from "../media/model.ts";
import type { Quality } from "../media/quality.ts";
import { text } from "../text.ts";
import { copy } from "../ui/clipboard.ts";
import { Button, IconButton } from "../ui/controls.tsx";
import { toast } from "../ui/toasts.ts";
import { fitTiles, focusOf, ordered, pageSize, pagesOf } from "./layout.ts";
import type { Participant } from "./model.ts";
import type { MeetingSession } from "./session.ts";
import { ScreenTile, Tile } from "./tile.tsx";
import type { View } from "./view.ts";
import { inviteLink } from "./words.ts";

const words = text.meeting;
const GAP = 8;
/** Height of the page switch below the tiles. */
const PAGER = 44;
/** Beside one large picture more small ones are only a load. */
const STRIP = 8;

interface StageProps {
  session: MeetingSession;
  view: View;
  quality: ReadonlyMap<string, Quality>;
  /** What stands beside one's own picture while nobody else is there. */
  alone?: preact.ComponentChildren;
}

/** What every arrangement of tiles needs to make one. */
function useTiles({ session, view, quality }: StageProps) {
  const room = session.roster.room.value;
  const remote = session.media.remote.value;
  const speaking = session.media.speaking.value;
  const selfId = room?.selfId ?? "";
  const stream = (id: string, type: StreamType) =>
    remote.find((s) => s.participantId === id && s.type === type && s.active) ?? null;
  const make = (participant: Participant, large = false) => {
    const self = participant.id === selfId;
    return (
      <Tile
        key={participant.id}
        participant={participant}
        self={self}
        track={self ? session.local.cameraTrack.value : (stream(participant.id, "camera")?.track ?? null)}
        speaking={speaking.has(participant.id) && !participant.muted}
        quality={quality.get(participant.id) ?? null}
        pinned={view.pinned.value === participant.id}
        onPin={() => view.togglePin(participant.id)}
        large={large}
      />
    );
  };
  return { make, stream, selfId, people: session.roster.near.value };
}

export function Stage(props: StageProps) {
  const { session, view } = props;
  const { make, stream, selfId, people } = useTiles(props);
  const { ref, width, height } = useSize();
  // One's own screen is not shown large: sharing the whole screen would make a hall of mirrors.
  const shares = (p: Participant) => p.id !== selfId && p.screen_sharing && stream(p.id, "screen") !== null;
  const focus = focusOf({
    layout: view.layout.value,
    pinned: view.pinned.value,
    screens: people.filter(shares).map((p) => p.id),
    speaker: session.media.speaker.value,
    others: people.filter((p) => p.id !== selfId).map((p) => p.id),
    selfId,
  });
  const focused = people.find((p) => p.id === focus?.participantId);
  return (
    <section class="stage" aria-label={words.stage} ref={ref}>
      {focus && focused ? (
        <Focused
          {...props}
          wide={width > height * 1.2 && width > 640}
          large={
            focus.kind === "screen" ? (
              <ScreenTile presenter={focused} track={stream(focused.id, "screen")?.track ?? null} />
            ) : (
              make(focused, true)
            )
          }
          rest={focus.kind === "screen" ? people : people.filter((p) => p.id !== focused.id)}
          shown={focus.kind === "person" ? [focused] : []}
        />
      ) : (
        width > 0 && <Tiles {...props} width={width} height={height} />
      )}
    </section>
  );
}

function Tiles(props: StageProps & { width: number; height: number }) {
  const { session, view, width, height } = props;
  const { make, selfId, people } = useTiles(props);
  const size = useMemo(() => pageSize(width, height - PAGER), [width, height]);
  const spoke = useSpoken(session.media.speaker.value);
  const pages = pagesOf(ordered(people, selfId, spoke, size), size);
  const at = Math.min(view.page.value, pages.length - 1);
  const shown = pages[at] ?? [];
  const alone = people.length === 1;
  const space = pages.length > 1 ? height - PAGER : height;
  const grid = fitTiles(width, space, shown.length + (alone && width > 700 ? 1 : 0), GAP);
  useWatched(session, shown);
  return (
    <>
      <div
        class="tiles"
        style={{
          "--space": `${space}px`,
          "--tile-width": `${grid.width}px`,
          "--tile-height": `${grid.height}px`,
        }}
      >
        {shown.map((p) => make(p))}
        {alone && (props.alone ?? <Alone session={session} />)}
      </div>
      {pages.length > 1 && (
        <Pager
          at={at}
          count={pages.length}
          onTurn={(page) => {
            view.page.value = page;
          }}
        />
      )}
    </>
  );
}

function Focused(
  props: StageProps & {
    large: preact.ComponentChildren;
    rest: Participant[];
    shown: Participant[];
    wide: boolean;
  },
) {
  const { make, selfId } = useTiles(props);
  const spoke = useSpoken(props.session.media.speaker.value);
  const people = ordered(props.rest, selfId, spoke, STRIP);
  const strip = people.slice(0, STRIP);
  const more = people.length - strip.length;
  useWatched(props.session, [...props.shown, ...strip]);
  return (
    <div class={props.wide ? "focus wide" : "focus"}>
      <div class="focus-main">{props.large}</div>
      {strip.length > 0 && (
        <div class="strip">
          {strip.map((p) => make(p))}
          {more > 0 && (
            <Button
              onClick={() => {
                props.view.panel.value = "people";
              }}
            >
              {words.morePeople(more)}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function Alone({ session }: { session: MeetingSession }) {
  const meeting = session.meeting.value;
  if (!meeting) return null;
  if (session.breakouts.room.value) {
    return (
      <div class="alone">
        <h2>{text.breakouts.nobodyHere}</h2>
        <p>{text.breakouts.nobodyHereLead}</p>
      </div>
    );
  }
  return (
    <div class="alone">
      <h2>{words.alone}</h2>
      <p>{words.aloneLead}</p>
      <code>{inviteLink(meeting).replace(/^https?:\/\//, "")}</code>
      <Button
        icon="copy"
        tone="primary"
        onClick={() => void copy(inviteLink(meeting)).then(() => toast(words.invited))}
      >
        {words.invite}
      </Button>
    </div>
  );
}

function Pager({ at, count, onTurn }: { at: number; count: number; onTurn(page: number): void }) {
  return (
    <nav class="pager" aria-label={words.stage}>
      <IconButton
        icon="previous"
        label={words.previousPage}
        disabled={at === 0}
        tip="none"
        size={18}
        onClick={() => onTurn(at - 1)}
      />
      <span aria-live="polite">{words.page(at + 1, count)}</span>
      <IconButton
        icon="next"
        label={words.nextPage}
        disabled={at === count - 1}
        tip="none"
        size={18}
        onClick={() => onTurn(at + 1)}
      />
    </nav>
  );
}

function useSize() {
  const ref = useRef<HTMLElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!ref.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry)
        setSize({ width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) });
    });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, ...size };
}

/** When each person was last the active speaker. */
function useSpoken(speaker: string | null): ReadonlyMap<string, number> {
  const spoke = useRef(new Map<string, number>());
  if (speaker) spoke.current.set(speaker, Date.now());
  return spoke.current;
}

/** Receive only the cameras on screen, a moment later, so that paging through does not renegotiate each time. */
export function useWatched(session: MeetingSession, shown: readonly Participant[]): void {
  const key = shown.map((p) => p.id).join();
  const remote = session.media.remote.value.length;
  useEffect(() => {
    const timer = setTimeout(() => session.media.watch(new Set(key.split(","))), 700);
    return () => clearTimeout(timer);
  }, [key, remote, session]);
}
