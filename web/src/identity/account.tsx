/** One's own account: how one is called, where and in which language, and where one is signed in. */

import { useEffect, useState } from "preact/hooks";
import { PrivacySection } from "../contacts/privacy.tsx";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { PortraitChoice } from "../files/portrait_choice.tsx";
import { NotificationsSection } from "../notifications/lazy.tsx";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, Field, Notice, Select, Spinner } from "../ui/controls.tsx";
import { dateTime } from "../ui/dates.ts";
import { Icon } from "../ui/icons.tsx";
import { useLoaded } from "../ui/loading.ts";
import { Shell } from "../ui/shell.tsx";
import { toast } from "../ui/toasts.ts";
import { deviceOf } from "./device.ts";
import { languages, timeZones } from "./places.ts";
import { endSession, mySessions, type Session, saveProfile } from "./profile.ts";
import { logOut, type User, user } from "./session.ts";

const words = text.account;

export function AccountPage() {
  const me = user.value;
  useEffect(() => {
    if (me === null) go("/login?next=/account", "replace");
  }, [me]);
  return (
    <Shell>
      {me ? (
        <div class="settings">
          <h1>{words.title}</h1>
          <ProfileForm key={me.id} me={me} />
          <PrivacySection me={me} />
          <NotificationsSection userId={me.id} />
          <Sessions />
        </div>
      ) : (
        <Spinner label={text.common.loading} />
      )}
    </Shell>
  );
}

function ProfileForm({ me }: { me: User }) {
  const [name, setName] = useState(me.display_name);
  const [timezone, setTimezone] = useState(me.timezone);
  const [language, setLanguage] = useState(me.language);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await saveProfile({ display_name: name.trim(), timezone, language });
      toast(words.saved);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card settings-card" aria-labelledby="profile">
      <div class="settings-who">
        <Avatar name={me.display_name} id={me.id} url={me.avatar_url} />
        <div>
          <h2 id="profile" dir="auto">
            {me.display_name}
          </h2>
          <p>{me.email}</p>
        </div>
        <PortraitChoice me={me} />
      </div>
      <form class="stack" onSubmit={onSubmit}>
        {problem && problem.errors.length === 0 && (
          <Notice tone="error">{problem.detail || problem.message}</Notice>
        )}
        <Field
          label={text.identity.name}
          hint={words.nameHint}
          name="name"
          autoComplete="name"
          required
          maxLength={80}
          value={name}
          error={problem?.about("display_name")}
          onInput={(e) => setName(e.currentTarget.value)}
        />
        <div class="pair">
          <Select
            label={words.timezone}
            value={timezone}
            options={timeZones(me.timezone).map((zone) => [zone, zone.replaceAll("_", " ")])}
            onChange={setTimezone}
          />
          <Select
            label={words.language}
            value={language}
            options={languages(me.language)}
            onChange={setLanguage}
          />
        </div>
        <p class="hint">{words.placeHint}</p>
        <div class="settings-actions">
          <Button tone="primary" type="submit" busy={busy}>
            {words.save}
          </Button>
        </div>
      </form>
    </section>
  );
}

function Sessions() {
  const { value: sessions, problem, again } = useLoaded(mySessions, []);
  const end = async (those: Session[]) => {
    try {
      for (const session of those) await endSession(session.id);
      toast(words.ended(those.length));
    } catch (error) {
      toast(asProblem(error).message, { tone: "error" });
    }
    again();
  };
  const others = sessions?.filter((s) => !s.current) ?? [];
  return (
    <section class="card settings-card" aria-labelledby="sessions">
      <div class="settings-head">
        <h2 id="sessions">{words.sessions}</h2>
        {others.length > 1 && <Button onClick={() => void end(others)}>{words.endOthers}</Button>}
      </div>
      <p class="hint">{words.sessionsHint}</p>
      {problem && (
        <Notice tone="error">
          {words.sessionsFailed}{" "}
          <button type="button" class="link" onClick={again}>
            {text.common.retry}
          </button>
        </Notice>
      )}
      {!sessions && !problem && <Spinner label={text.common.loading} />}
      <ul class="sessions">
        {sessions?.map((s) => (
          <SessionRow key={s.id} session={s} onEnd={() => void end([s])} />
        ))}
      </ul>
    </section>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd(): void }) {
  const name = words.device(...deviceOf(session.user_agent ?? ""), session.device.name ?? null);
  return (
    <li class="session">
      <Icon name="devices" size={22} />
      <div class="session-what">
        <strong>
          {name}
          {session.current && <span class="chip active">{words.current}</span>}
        </strong>
        <small>
          {words.lastUsed(dateTime(session.last_used_at))}
          {session.ip_address && <span> · {session.ip_address}</span>}
        </small>
      </div>
      {session.current ? (
        <Button aria-label={words.endThis} onClick={() => void logOut().then(() => go("/"))}>
          {text.identity.logOut}
        </Button>
      ) : (
        <Button aria-label={words.end(name)} onClick={onEnd}>
          {text.identity.logOut}
        </Button>
      )}
    </li>
  );
}
