/** /i/{token}: who invites, to what, and one's answer; with an account or without. */

import "./invitations.css";
import { useState } from "preact/hooks";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { user } from "../identity/session.ts";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { Button, Notice, Spinner } from "../ui/controls.tsx";
import { dateTime, timeOf } from "../ui/dates.ts";
import { useLoaded } from "../ui/loading.ts";
import { remember, thisTab } from "../ui/memory.ts";
import { Empty, Failed, whyNot } from "../ui/parts.tsx";
import { Shell, useTitle } from "../ui/shell.tsx";
import { answerByToken, fileOf, type Received, readByToken } from "./api.ts";

const words = text.invitations;

export function InvitationPage({ token }: { token: string }) {
  useTitle(words.page);
  const known = user.value !== undefined;
  const { value, problem, again } = useLoaded(
    () => (known ? readByToken(token) : new Promise<Received>(() => {})),
    [token, known],
  );
  return (
    <Shell narrow>
      {problem && <Gone problem={problem} onRetry={again} />}
      {!value && !problem && <Spinner label={text.common.loading} />}
      {value && <Invited key={value.id} first={value} token={token} />}
    </Shell>
  );
}

function Gone({ problem, onRetry }: { problem: Problem; onRetry(): void }) {
  const title = words.gone[problem.status === 422 ? "not_found" : problem.slug];
  if (!title) return <Failed problem={problem} onRetry={onRetry} />;
  return (
    <Empty icon="calendar" title={title} hint={words.goneLead}>
      <a class="button primary" href="/">
        {text.common.backHome}
      </a>
    </Empty>
  );
}

function Invited({ first, token }: { first: Received; token: string }) {
  const [invitation, setInvitation] = useState(first);
  const [busy, setBusy] = useState<"accept" | "decline" | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { meeting, inviter, message, kind, status } = invitation;
  const over = meeting.status === "ended" || meeting.status === "cancelled";
  const reply = async (how: "accept" | "decline") => {
    setBusy(how);
    setProblem(null);
    try {
      setInvitation(await answerByToken(token, how));
    } catch (error) {
      setProblem(whyNot(asProblem(error)));
    }
    setBusy(null);
  };
  const join = () => {
    // For this tab alone: an address with a secret in it would be passed on.
    remember(`invitation.${meeting.code}`, token, thisTab);
    go(`/m/${meeting.code}`);
  };
  return (
    <article class="card invitation" aria-labelledby="invitation">
      <p class="hint">{inviter ? words.lead(inviter.display_name) : words.leadUnknown}</p>
      <h1 id="invitation" dir="auto">
        {meeting.title}
      </h1>
      {message && (
        <blockquote dir="auto" class="invitation-message">
          {message}
        </blockquote>
      )}
      <Facts invitation={invitation} />
      {over && <Notice>{meeting.status === "cancelled" ? words.cancelled : words.over}</Notice>}
      {problem && <Notice tone="error">{problem}</Notice>}
      {!over && kind !== "link" && status === "accepted" && <Notice>{words.youAccepted}</Notice>}
      {!over && kind !== "link" && status === "declined" && <Notice tone="warn">{words.youDeclined}</Notice>}
      {!over && (
        <div class="invitation-does">
          {kind !== "link" && status !== "accepted" && (
            <Button tone="primary" icon="check" busy={busy === "accept"} onClick={() => void reply("accept")}>
              {words.accept}
            </Button>
          )}
          {status !== "declined" && (
            <Button tone={kind === "link" || status === "accepted" ? "primary" : "plain"} onClick={join}>
              {words.joinNow}
            </Button>
          )}
          {kind !== "link" && status !== "declined" && (
            <Button icon="close" busy={busy === "decline"} onClick={() => void reply("decline")}>
              {words.decline}
            </Button>
          )}
          {meeting.start && (
            <a class="button quiet" href={fileOf(meeting.id, token)} download="meeting.ics">
              {words.addToCalendar}
            </a>
          )}
        </div>
      )}
    </article>
  );
}

function Facts({ invitation }: { invitation: Received }) {
  const { start, end, recurrence, description } = invitation.meeting;
  const when = start ? `${dateTime(start)}${end ? ` – ${timeOf(end)}` : ""}` : words.anytime;
  const facts: [string, string | null][] = [
    [words.when, when],
    [words.repeats, recurrence],
    [words.about, description],
  ];
  return (
    <dl class="invitation-facts">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
