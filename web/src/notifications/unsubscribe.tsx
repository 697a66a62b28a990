/** Where the link in a mail leads: one click, and nobody has to be signed in. */

import { useState } from "preact/hooks";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Button, Notice } from "../ui/controls.tsx";
import { whyNot } from "../ui/parts.tsx";
import { Shell, useTitle } from "../ui/shell.tsx";
import * as api from "./api.ts";
import type { NotificationType } from "./model.ts";

const words = text.unsubscribing;

export function UnsubscribePage({ token }: { token: string }) {
  const [done, setDone] = useState<NotificationType | null>(null);
  useTitle(words.title);
  return (
    <Shell narrow>
      <div class="card form-card stack">
        {done ? <Done type={done} /> : <Ask token={token} onDone={setDone} />}
      </div>
    </Shell>
  );
}

function Ask({ token, onDone }: { token: string; onDone(type: NotificationType): void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const confirm = async () => {
    setBusy(true);
    setProblem(null);
    try {
      onDone((await api.unsubscribe(token)).type);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <>
      <h1>{words.title}</h1>
      <p class="hint">{words.lead}</p>
      {problem && <Notice tone="error">{why(problem)}</Notice>}
      <div class="settings-actions">
        <Button tone="primary" busy={busy} onClick={() => void confirm()}>
          {words.confirm}
        </Button>
      </div>
    </>
  );
}

function Done({ type }: { type: NotificationType }) {
  return (
    <>
      <h1>{words.doneTitle}</h1>
      <p role="status">{words.done(text.notification_preferences.types[type])}</p>
      <p class="hint">{words.doneLead}</p>
      <p>
        <a href="/account#notifications">{words.toSettings}</a>
      </p>
    </>
  );
}

function why(problem: Problem): string {
  if (problem.slug === "token_expired") return words.expired;
  return problem.status === 401 || problem.status === 404 || problem.status === 422
    ? words.invalid
    : whyNot(problem);
}
