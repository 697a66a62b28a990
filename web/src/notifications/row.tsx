/** One thing that one was told: what it is, when it was, what one can do about it. */

import { startCall } from "../calls/state.ts";
import { text } from "../text.ts";
import { Button, IconButton } from "../ui/controls.tsx";
import { dateTime, whenShort } from "../ui/dates.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { callBack, type Notification, type NotificationType, pathOf } from "./model.ts";
import { follow, markRead, remove } from "./state.ts";

const words = text.notifications;

const ICONS: Record<NotificationType, IconName> = {
  invitation: "calendar",
  meeting_reminder: "bell",
  meeting_changed: "calendar",
  meeting_cancelled: "calendar",
  incoming_call: "incoming",
  missed_call: "incoming",
  message: "chat",
  mention: "chat",
  contact: "people",
  system: "info",
};

interface RowProps {
  notification: Notification;
  /** Something else takes the screen now. */
  onGone?: (() => void) | undefined;
}

export function Row({ notification, onGone }: RowProps) {
  const { title, message, data, created_at, read_at } = notification;
  const starts = typeof data.starts_at === "string" ? dateTime(data.starts_at) : "";
  return (
    <li class={read_at ? "note-row" : "note-row unread"}>
      <span class="note-icon">
        <Icon name={ICONS[notification.type] ?? "bell"} size={20} />
        {!read_at && <span class="visually-hidden">{words.unread}</span>}
      </span>
      <div class="note-what">
        <Title notification={notification} />
        {message && <p dir="auto">{message}</p>}
        {starts && <p class="note-start">{starts}</p>}
        <small>
          <time dateTime={created_at} title={dateTime(created_at)}>
            {whenShort(created_at)}
          </time>
        </small>
        <Act notification={notification} onGone={onGone} />
      </div>
      <div class="note-does">
        {!read_at && (
          <IconButton
            icon="check"
            tone="quiet"
            tip="none"
            size={18}
            label={words.read(title)}
            onClick={(event) => {
              focusOn(event.currentTarget.nextElementSibling);
              void markRead(notification);
            }}
          />
        )}
        <IconButton
          icon="close"
          tone="quiet"
          tip="none"
          size={18}
          label={words.remove(title)}
          onClick={(event) => {
            const row = event.currentTarget.closest("li");
            focusOn((row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector("a, button"));
            void remove(notification);
          }}
        />
      </div>
    </li>
  );
}

function Title({ notification }: { notification: Notification }) {
  const path = pathOf(notification);
  if (!path) return <strong dir="auto">{notification.title}</strong>;
  return (
    <a class="note-title" href={path} dir="auto" onClick={() => void markRead(notification)}>
      {notification.title}
    </a>
  );
}

/** What had the focus is about to go: who uses the keyboard goes on beside it. */
function focusOn(element: Element | null | undefined): void {
  if (element instanceof HTMLElement) element.focus();
}

/** The one thing that most people want to do about it. */
function Act({ notification, onGone }: RowProps) {
  const call = callBack(notification);
  if (!call && !pathOf(notification)) return null;
  const act = () => {
    onGone?.();
    if (!call) return follow(notification);
    void markRead(notification);
    void startCall({ chatId: call.chatId }, call.mediaType);
  };
  return (
    <Button class="note-act" icon={call ? "call" : undefined} onClick={act}>
      {words.actions[notification.type] ?? words.open}
    </Button>
  );
}
