/** Meetings one hosts or took part in, newest first. */

import { useState } from "preact/hooks";
import { user } from "../identity/session.ts";
import { InviteDialog } from "../invitations/lazy.tsx";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { copy } from "../ui/clipboard.ts";
import { Button, Notice, Spinner } from "../ui/controls.tsx";
import { dateTime } from "../ui/dates.ts";
import { Icon } from "../ui/icons.tsx";
import { usePages } from "../ui/loading.ts";
import { Menu } from "../ui/menu.tsx";
import { toast } from "../ui/toasts.ts";
import { cancelMeeting, myMeetings } from "./api.ts";
import type { Meeting } from "./model.ts";
import { inviteLink } from "./words.ts";

const words = text.home;

export function MeetingList() {
  const { items, more, loadMore, problem, busy, again } = usePages(myMeetings, []);
  const cancel = async (meeting: Meeting) => {
    await cancelMeeting(meeting.id).catch((error: Error) => toast(error.message, { tone: "error" }));
    again();
  };
  return (
    <section class="mine" aria-labelledby="mine">
      <h2 id="mine">{words.mine}</h2>
      {problem && (
        <Notice tone="error">
          {words.listFailed}{" "}
          <button type="button" class="link" onClick={items ? loadMore : again}>
            {text.common.retry}
          </button>
        </Notice>
      )}
      {!items && !problem && <Spinner label={text.common.loading} />}
      {items?.length === 0 && (
        <div class="empty">
          <Icon name="calendar" size={28} />
          <p>{words.none}</p>
          <small>{words.noneHint}</small>
        </div>
      )}
      {items && items.length > 0 && (
        <ul class="meeting-list">
          {items.map((meeting) => (
            <Row key={meeting.id} meeting={meeting} onCancel={() => void cancel(meeting)} />
          ))}
        </ul>
      )}
      {more && (
        <Button busy={busy} onClick={loadMore}>
          {words.more}
        </Button>
      )}
    </section>
  );
}

function Row({ meeting, onCancel }: { meeting: Meeting; onCancel(): void }) {
  const title = meeting.title || words.untitled;
  const over = meeting.status === "ended" || meeting.status === "cancelled";
  const label = {
    active: words.live,
    ended: words.ended,
    cancelled: words.cancelled,
    scheduled: words.scheduled,
  }[meeting.status];
  const copyLink = () => void copy(inviteLink(meeting)).then(() => toast(words.linkCopied));
  const hosting = meeting.host_user_id === user.value?.id;
  const [inviting, setInviting] = useState(false);
  return (
    <li class={over ? "meeting-row over" : "meeting-row"}>
      <div class="meeting-what">
        <strong>{title}</strong>
        <span class="meeting-when">
          <span class={`chip ${meeting.status}`}>{label}</span>
          {dateTime(meeting.scheduled_start_time ?? meeting.started_at ?? meeting.created_at)}
          <span class="meeting-code">{meeting.code}</span>
          {meeting.recurrence && <span class="chip">{text.calendar.repeats}</span>}
        </span>
      </div>
      {hosting && meeting.started_at && (
        <a class="button quiet" href={`/m/${meeting.code}/insights`} aria-label={words.insights(title)}>
          {words.insightsShort}
        </a>
      )}
      {!over && (
        <div class="meeting-does">
          <Button onClick={() => go(`/m/${meeting.code}`)}>
            {meeting.status === "active" ? words.rejoin : words.startNow}
          </Button>
          <Menu
            label={words.actions(title)}
            items={[
              { label: text.meeting.invite, icon: "link", run: copyLink },
              ...(hosting
                ? [{ label: text.calendar.invite, icon: "admit" as const, run: () => setInviting(true) }]
                : []),
              ...(hosting && meeting.status === "scheduled"
                ? [{ label: words.cancelMeeting, icon: "close" as const, danger: true, run: onCancel }]
                : []),
            ]}
          />
        </div>
      )}
      {inviting && <InviteDialog meetingId={meeting.id} title={title} onClose={() => setInviting(false)} />}
    </li>
  );
}
