/** The first page: start, schedule or join a meeting, and those one has had. */

import { useState } from "preact/hooks";
import { Problem } from "../delivery/problem.ts";
import { user } from "../identity/session.ts";
import { ReceivedInvitations } from "../invitations/lazy.tsx";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { Button, Field, Notice } from "../ui/controls.tsx";
import { Shell } from "../ui/shell.tsx";
import { createMeeting } from "./api.ts";
import { ScheduleDialog } from "./lazy.tsx";
import { MeetingList } from "./list.tsx";
import { meetingReference } from "./model.ts";

const words = text.home;

export function HomePage() {
  const me = user.value;
  const [scheduling, setScheduling] = useState(false);
  const [version, setVersion] = useState(0);
  return (
    <Shell>
      <section class="hero">
        <h1>{words.title}</h1>
        <p class="lead">{words.lead}</p>
        <div class="hero-actions">
          {me !== null && <StartButtons onSchedule={() => setScheduling(true)} />}
          <JoinForm />
        </div>
        {me === null && (
          <p class="hint">
            <a href="/login">{text.identity.logIn}</a> {words.or} <a href="/register">{words.createOne}</a>{" "}
            {words.signInToStart}
          </p>
        )}
      </section>
      {me && <ReceivedInvitations />}
      {me && <MeetingList key={version} />}
      {scheduling && (
        <ScheduleDialog
          onClose={() => setScheduling(false)}
          onDone={() => {
            setScheduling(false);
            setVersion(version + 1);
          }}
        />
      )}
    </Shell>
  );
}

function StartButtons({ onSchedule }: { onSchedule(): void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const start = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const meeting = await createMeeting({ type: "instant" });
      go(`/m/${meeting.code}`);
    } catch (error) {
      setProblem(error instanceof Problem ? error.detail || error.message : text.errors.unexpected);
      setBusy(false);
    }
  };
  const ready = Boolean(user.value);
  return (
    <>
      <div class="start-buttons">
        <Button tone="primary" icon="camera" busy={busy} disabled={!ready} onClick={() => void start()}>
          {words.start}
        </Button>
        <Button icon="calendar" disabled={!ready} onClick={onSchedule}>
          {words.schedule}
        </Button>
      </div>
      {problem && <Notice tone="error">{problem}</Notice>}
    </>
  );
}

function JoinForm() {
  const [input, setInput] = useState("");
  const [wrong, setWrong] = useState(false);
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const reference = meetingReference(input);
    if (reference) go(`/m/${reference}`);
    else setWrong(true);
  };
  return (
    <form class="join-form" onSubmit={onSubmit}>
      <Field
        label={words.joinLabel}
        placeholder={words.joinHint}
        autoCapitalize="none"
        autoComplete="off"
        spellcheck={false}
        required
        value={input}
        error={wrong ? words.badCode : null}
        onInput={(e) => {
          setInput(e.currentTarget.value);
          setWrong(false);
        }}
      />
      <Button type="submit" tone={user.value ? "plain" : "primary"}>
        {words.join}
      </Button>
    </form>
  );
}
