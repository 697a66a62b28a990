/** /m/{code}: whichever stage of the meeting one is at. */

import { useEffect, useState } from "preact/hooks";
import { text } from "../text.ts";
import { Spinner } from "../ui/controls.tsx";
import { Shell } from "../ui/shell.tsx";
import { publishDebug } from "./debug.ts";
import { GonePage, MissingPage } from "./gone.tsx";
import { Prejoin } from "./prejoin.tsx";
import { Room } from "./room.tsx";
import { MeetingSession } from "./session.ts";
import { Waiting } from "./waiting.tsx";

export function MeetingPage({ code }: { code: string }) {
  const [session, setSession] = useState<MeetingSession | null>(null);
  useEffect(() => {
    const made = new MeetingSession(code);
    setSession(made);
    publishDebug(made);
    void made.load();
    return () => {
      publishDebug(null);
      made.dispose();
    };
  }, [code]);
  return session ? <AtStage session={session} /> : null;
}

function AtStage({ session }: { session: MeetingSession }) {
  const stage = session.stage.value;
  const title = titleOf(session);
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = "Convoke";
    };
  }, [title]);
  switch (stage.at) {
    case "loading":
      return (
        <Shell narrow>
          <Spinner label={text.common.loading} />
        </Shell>
      );
    case "returning":
      return (
        <Shell narrow>
          <Spinner label={text.meeting.returning} />
        </Shell>
      );
    case "missing":
      return <MissingPage problem={stage.problem} onRetry={() => void session.rejoin()} />;
    case "prejoin":
      return <Prejoin session={session} />;
    case "waiting":
      return <Waiting session={session} />;
    case "in":
      return <Room session={session} />;
    case "gone":
      return <GonePage session={session} reason={stage.reason} />;
  }
}

/** Also what a tab in the background tells: that someone waits to be let in. */
function titleOf(session: MeetingSession): string {
  const title = session.meeting.value?.title;
  const name = title ? `${title} · Convoke` : "Convoke";
  const waiting = session.roster.moderator.value ? (session.roster.room.value?.lobby.length ?? 0) : 0;
  return waiting > 0 ? text.meeting.titleWaiting(waiting, name) : name;
}
