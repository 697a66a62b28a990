/** Inviting people to a meeting, and what became of the invitations. */

import "./invitations.css";
import { useState } from "preact/hooks";
import type { Person } from "../contacts/model.ts";
import { PersonPicker } from "../contacts/picker.tsx";
import { asProblem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { copy } from "../ui/clipboard.ts";
import { Button, Field, Notice, Select, Spinner } from "../ui/controls.tsx";
import { dateTime } from "../ui/dates.ts";
import { Dialog } from "../ui/dialog.tsx";
import { type Pages, usePages } from "../ui/loading.ts";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import { Failed, More, whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { addressesIn, type Invitation, invitationsOf, invite, resend, revoke } from "./api.ts";

const words = text.invitations;
const MOST = 100;
const USES = [0, 1, 5, 20, 100];
const DAYS = [1, 7, 30, 365];

interface InviteDialogProps {
  meetingId: string;
  title: string;
  onClose(): void;
}

export function InviteDialog({ meetingId, title, onClose }: InviteDialogProps) {
  const pages = usePages((cursor) => invitationsOf(meetingId, cursor), [meetingId]);
  const made = (items: Invitation[]) =>
    pages.set((before) => [...items, ...before.filter((each) => !items.some((one) => one.id === each.id))]);
  return (
    <Dialog title={words.title(title)} onClose={onClose}>
      <div class="invite">
        <People meetingId={meetingId} onMade={made} />
        <LinkMaker meetingId={meetingId} onMade={made} />
        <List meetingId={meetingId} pages={pages} />
      </div>
    </Dialog>
  );
}

interface MakerProps {
  meetingId: string;
  onMade(items: Invitation[]): void;
}

function People({ meetingId, onMade }: MakerProps) {
  const [chosen, setChosen] = useState<Person[]>([]);
  const [typed, setTyped] = useState("");
  const [message, setMessage] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const { good, bad } = addressesIn(typed);
  const count = good.length + chosen.length;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (bad.length) return setProblem(words.bad(bad.slice(0, 3).join(", ")));
    if (count > MOST) return setProblem(words.tooMany);
    if (count === 0) return;
    setBusy(true);
    setProblem(null);
    try {
      const user_ids = chosen.map((person) => person.user_id);
      const note = message.trim();
      onMade(await invite(meetingId, { emails: good, user_ids, ...(note ? { message: note } : {}) }));
      toast(words.sent(count));
      setChosen([]);
      setTyped("");
      setMessage("");
    } catch (error) {
      setProblem(whyNot(asProblem(error)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="stack" onSubmit={submit}>
      {problem && <Notice tone="error">{problem}</Notice>}
      <PersonPicker label={words.people} chosen={chosen} onChange={setChosen} />
      <div class="field">
        <label for="invite-emails">{words.emails}</label>
        <textarea
          id="invite-emails"
          rows={2}
          dir="auto"
          spellcheck={false}
          autocomplete="off"
          aria-describedby="invite-emails-note"
          aria-invalid={problem && bad.length ? true : undefined}
          value={typed}
          onInput={(e) => setTyped(e.currentTarget.value)}
        />
        <p id="invite-emails-note" class="field-hint">
          {words.emailsHint}
        </p>
      </div>
      {count > 0 && (
        <Field
          label={words.message}
          maxLength={1000}
          value={message}
          onInput={(e) => setMessage(e.currentTarget.value)}
        />
      )}
      <Button tone="primary" type="submit" icon="send" busy={busy} disabled={count === 0 && bad.length === 0}>
        {words.send}
      </Button>
    </form>
  );
}

function LinkMaker({ meetingId, onMade }: MakerProps) {
  const [uses, setUses] = useState(0);
  const [days, setDays] = useState(30);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const make = async () => {
    setBusy(true);
    setProblem(null);
    // A minute less: the longest is counted from when the server reads it.
    const expires_at = new Date(Date.now() + days * 86_400_000 - 60_000).toISOString();
    try {
      const made = await invite(meetingId, { link: { expires_at, ...(uses ? { max_uses: uses } : {}) } });
      onMade(made);
      const url = made[0]?.url;
      if (url) await copy(url).then(() => toast(words.copied));
    } catch (error) {
      setProblem(whyNot(asProblem(error)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="invite-link" aria-labelledby="invite-link">
      <h3 id="invite-link">{words.link}</h3>
      <p class="hint">{words.linkHint}</p>
      {problem && <Notice tone="error">{problem}</Notice>}
      <div class="pair">
        <Select
          label={words.uses}
          value={String(uses)}
          options={USES.map((n) => [String(n), n ? words.someUses(n) : words.anyUses])}
          onChange={(chosen) => setUses(Number(chosen))}
        />
        <Select
          label={words.expires}
          value={String(days)}
          options={DAYS.map((n) => [String(n), words.days(n)])}
          onChange={(chosen) => setDays(Number(chosen))}
        />
      </div>
      <Button icon="link" busy={busy} onClick={() => void make()}>
        {words.makeLink}
      </Button>
    </section>
  );
}

function List({ meetingId, pages }: { meetingId: string; pages: Pages<Invitation> }) {
  const { items, problem, more, busy } = pages;
  const put = (id: string, change: Partial<Invitation>) =>
    pages.set((before) => before.map((each) => (each.id === id ? { ...each, ...change } : each)));
  const takeBack = (each: Invitation) =>
    revoke(meetingId, each.id).then(() => {
      put(each.id, { status: "revoked", url: null });
      toast(words.revoked);
    });
  const again = (each: Invitation) =>
    resend(meetingId, each.id).then((renewed) => {
      put(each.id, renewed);
      toast(words.resent);
    });
  const run = (what: Promise<void>) =>
    void what.catch((error) => toast(whyNot(asProblem(error)), { tone: "error" }));
  return (
    <section aria-labelledby="invited">
      <h3 id="invited">{words.list}</h3>
      {problem && <Failed problem={problem} onRetry={pages.again} />}
      {!items && !problem && <Spinner label={text.common.loading} />}
      {items?.length === 0 && <p class="hint">{words.none}</p>}
      {items && items.length > 0 && (
        <ul class="invited">
          {items.map((each) => (
            <Row
              key={each.id}
              invitation={each}
              onRevoke={() => run(takeBack(each))}
              onResend={() => run(again(each))}
            />
          ))}
        </ul>
      )}
      {more && <More busy={busy} onClick={pages.loadMore} />}
    </section>
  );
}

interface RowProps {
  invitation: Invitation;
  onRevoke(): void;
  onResend(): void;
}

function Row({ invitation, onRevoke, onResend }: RowProps) {
  const { kind, status, url } = invitation;
  const name = invitation.user?.display_name ?? invitation.email ?? words.linkName;
  const live = status === "pending" || status === "accepted" || status === "declined";
  const items: MenuItem[] = [];
  if (url)
    items.push({
      label: words.copyLink,
      icon: "copy",
      run: () => void copy(url).then(() => toast(words.copied)),
    });
  if (kind !== "link" && (status === "pending" || status === "expired"))
    items.push({ label: words.resend, icon: "send", run: onResend });
  if (live) items.push({ label: words.revoke, icon: "bin", danger: true, run: onRevoke });
  return (
    <li class={live ? "invited-row" : "invited-row over"}>
      <div class="invited-what">
        <strong dir="auto">{name}</strong>
        <span>
          <span class={`chip ${status}`}>
            {kind === "link" && live ? words.linkName : words.states[status]}
          </span>
          {kind === "link" && live && (
            <>
              {words.used(invitation.uses, invitation.max_uses)} ·{" "}
              {words.until(dateTime(invitation.expires_at))}
            </>
          )}
        </span>
      </div>
      {items.length > 0 && <Menu label={words.actions(name)} items={items} />}
    </li>
  );
}
