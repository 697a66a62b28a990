/** On the account page: by which name others find one, and what they see of one's coming and going. */

import { useState } from "preact/hooks";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { saveProfile } from "../identity/profile.ts";
import type { User } from "../identity/session.ts";
import { text } from "../text.ts";
import { Button, Field, Notice, Toggle } from "../ui/controls.tsx";
import { whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";

const words = text.contacts;

export function PrivacySection({ me }: { me: User }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const show = async (on: boolean) => {
    setProblem(null);
    try {
      await saveProfile({ shows_last_seen: on });
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <section class="card settings-card" aria-labelledby="privacy">
      <h2 id="privacy">{words.privacy}</h2>
      <div class="stack">
        <UsernameForm me={me} />
        {problem && <Notice tone="error">{whyNot(problem)}</Notice>}
        <Toggle
          label={words.lastSeen}
          hint={words.lastSeenHint}
          checked={me.shows_last_seen}
          onChange={show}
        />
      </div>
    </section>
  );
}

function UsernameForm({ me }: { me: User }) {
  const [username, setUsername] = useState(me.username ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await saveProfile({ username: username.trim().toLowerCase() || null });
      toast(text.account.saved);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="stack" onSubmit={(event) => void save(event)}>
      <Field
        label={words.username}
        hint={words.usernameHint}
        name="nickname"
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        maxLength={50}
        value={username}
        error={problem && whyInWords(problem)}
        onInput={(event) => setUsername(event.currentTarget.value)}
      />
      <div class="settings-actions">
        <Button type="submit" busy={busy} disabled={username.trim().toLowerCase() === (me.username ?? "")}>
          {words.saveUsername}
        </Button>
      </div>
    </form>
  );
}

function whyInWords(problem: Problem): string {
  if (problem.slug === "username_taken") return words.usernameTaken;
  return problem.about("username") ? words.usernameForm : whyNot(problem);
}
