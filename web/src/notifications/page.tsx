/** The page of notifications: all that one was told, by days. */

import "./notifications.css";
import { useState } from "preact/hooks";
import { text } from "../text.ts";
import { badges } from "../ui/badges.ts";
import { Button, Spinner } from "../ui/controls.tsx";
import { dayOf } from "../ui/dates.ts";
import { usePages } from "../ui/loading.ts";
import { Empty, Failed, More } from "../ui/parts.tsx";
import { SignedInPage } from "../ui/shell.tsx";
import * as api from "./api.ts";
import { byDay, type Notification } from "./model.ts";
import { useNews } from "./news.ts";
import { Row } from "./row.tsx";
import { markAllRead } from "./state.ts";

const words = text.notifications;

export function NotificationsPage() {
  return <SignedInPage title={words.title}>{() => <Notifications />}</SignedInPage>;
}

function Notifications() {
  const [unreadOnly, setUnreadOnly] = useState(false);
  return (
    <div class="notes">
      <header class="notes-head">
        <h1>{words.title}</h1>
        <p class="hint">{words.lead}</p>
      </header>
      <Filter unreadOnly={unreadOnly} onChange={setUnreadOnly} />
      <List key={String(unreadOnly)} unreadOnly={unreadOnly} />
    </div>
  );
}

function Filter({ unreadOnly, onChange }: { unreadOnly: boolean; onChange(unreadOnly: boolean): void }) {
  return (
    <div class="notes-filter" role="group" aria-label={words.filter}>
      {[false, true].map((value) => (
        <Button
          key={String(value)}
          tone={value === unreadOnly ? "primary" : "plain"}
          aria-pressed={value === unreadOnly}
          onClick={() => onChange(value)}
        >
          {value ? words.unreadOnly : words.all}
        </Button>
      ))}
    </div>
  );
}

function List({ unreadOnly }: { unreadOnly: boolean }) {
  const pages = usePages((cursor) => api.list(cursor, unreadOnly), []);
  useNews(pages);
  const { items, problem, more, busy } = pages;
  const newest = items?.[0];
  return (
    <>
      {newest && badges.notifications.value > 0 && (
        <div class="notes-all">
          <Button icon="read" onClick={() => void markAllRead(newest)}>
            {words.readAll}
          </Button>
        </div>
      )}
      {problem && <Failed problem={problem} onRetry={pages.again} />}
      {!items && !problem && <Spinner label={text.common.loading} />}
      {items?.length === 0 && <Nothing unreadOnly={unreadOnly} />}
      {items && byDay(items).map((day) => <Day key={day[0]?.id} items={day} />)}
      {more && <More busy={busy} onClick={pages.loadMore} />}
    </>
  );
}

function Nothing({ unreadOnly }: { unreadOnly: boolean }) {
  if (unreadOnly) return <Empty icon="check" title={words.noneUnread} hint={words.noneUnreadHint} />;
  return <Empty icon="bell" title={words.none} hint={words.noneHint} />;
}

function Day({ items }: { items: Notification[] }) {
  const first = items[0];
  if (!first) return null;
  return (
    <section class="notes-day">
      <h2>{dayOf(first.created_at)}</h2>
      <ul class="note-list card">
        {items.map((each) => (
          <Row key={each.id} notification={each} />
        ))}
      </ul>
    </section>
  );
}
