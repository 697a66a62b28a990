/** One chat: who it is with, what was said, and where one writes. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { CallButtons } from "../calls/chat_buttons.tsx";
import { usePersonActions } from "../contacts/actions.tsx";
import { device } from "../delivery/device.ts";
import type { Problem } from "../delivery/problem.ts";
import { user } from "../identity/session.ts";
import { LastSeen } from "../presence/dot.tsx";
import { text } from "../text.ts";
import { IconButton, Spinner } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { Empty, Failed } from "../ui/parts.tsx";
import { conversation, markRead, summaryOf } from "./chats.ts";
import { Composer } from "./composer.tsx";
import { Details } from "./details.tsx";
import { Face } from "./face.tsx";
import { Log } from "./log.tsx";
import type { Callable } from "./mentions.ts";
import type { ChatDetail, Member } from "./model.ts";
import { titleOf } from "./names.ts";
import type { ChatSession } from "./session.ts";
import { TypingLine } from "./typing_line.tsx";
import type { ChatView } from "./view.ts";

const words = text.chats;

export function ConversationView({ chatId, messageId }: { chatId: string; messageId: string | null }) {
  const open = conversation(chatId);
  const [showing, setShowing] = useState(false);
  useEffect(() => void open.load(), [open]);
  const detail = open.detail.value;
  const session = open.session.value;
  if (!detail || !session) {
    return (
      <section class="conversation" aria-busy="true">
        <Missing problem={open.problem.value} onRetry={() => void open.load()} />
      </section>
    );
  }
  return (
    <section class="conversation" aria-label={titleOf(detail)}>
      <Head detail={detail} showing={showing} onDetails={() => setShowing(!showing)} />
      <Body detail={detail} chat={session} messageId={messageId} />
      {showing && <Details chat={detail} onClose={() => setShowing(false)} />}
    </section>
  );
}

function Missing({ problem, onRetry }: { problem: Problem | null; onRetry(): void }) {
  if (!problem) return <Spinner label={text.common.loading} />;
  if (![404, 422].includes(problem.status)) return <Failed problem={problem} onRetry={onRetry} />;
  return (
    <Empty icon="chat" title={words.missing} hint={words.missingLead}>
      <a class="button primary" href="/chats">
        {words.back}
      </a>
    </Empty>
  );
}

interface HeadProps {
  detail: ChatDetail;
  showing: boolean;
  onDetails(): void;
}

function Head({ detail, showing, onDetails }: HeadProps) {
  const title = titleOf(detail);
  const { peer } = detail;
  const { items, dialog } = usePersonActions(peer);
  return (
    <header class="conversation-head">
      <a class="icon-button quiet conversation-back" href="/chats" aria-label={words.back}>
        <Icon name="back" />
      </a>
      <Face chat={detail} />
      <div class="conversation-title">
        <h2 dir="auto">{title}</h2>
        <small>{peer ? <LastSeen userId={peer.user_id} /> : words.members(detail.member_count)}</small>
      </div>
      <CallButtons chat={detail} />
      <IconButton
        icon="info"
        tone={showing ? "on" : "quiet"}
        tip="down"
        label={words.details}
        aria-expanded={showing}
        data-opens="details"
        onClick={onDetails}
      />
      {items.length > 0 && <Menu label={words.actionsFor(title)} items={items} />}
      {dialog}
    </header>
  );
}

interface BodyProps {
  detail: ChatDetail;
  chat: ChatSession;
  messageId: string | null;
}

function Body({ detail, chat, messageId }: BodyProps) {
  const { newAbove, onSeen } = useReading(chat, detail);
  const names = useMemo(() => new Map(detail.members.map((m) => [m.member_id, m.display_name])), [detail]);
  const people = useMemo(() => (detail.kind === "group" ? detail.members.map(callable) : []), [detail]);
  const me = user.value?.id;
  const spoken = (id: string) => chat.state.value.messages.find((m) => m.sender.user_id === id)?.sender;
  const view: ChatView = {
    chat,
    nameOf: (id) => names.get(id) ?? spoken(id)?.display_name ?? null,
    people,
    writable: detail.writable,
    moderates: detail.kind === "group" && detail.role === "admin",
    audience: detail.members.filter((m) => m.member_id !== me).length,
  };
  return (
    <>
      <Log view={view} emptyHint={words.emptyHint} newAbove={newAbove} target={messageId} onSeen={onSeen} />
      <TypingLine chat={chat} />
      {device.state.value === "reconnecting" && (
        <p class="conversation-note" role="status">
          <span class="spinner small" aria-hidden="true" /> {words.reconnecting}
        </p>
      )}
      {detail.writable ? (
        <Composer view={view} keptAs={detail.id} first={messageId === null} />
      ) : (
        <p class="chat-closed">{detail.role === null ? words.left : words.notWritable}</p>
      )}
    </>
  );
}

function callable({ member_id, display_name, username, avatar_url }: Member): Callable {
  return { id: member_id, name: display_name, username, avatar_url };
}

/** What was new on arrival, and the mark of what has been read, which follows what is in sight. */
function useReading(chat: ChatSession, detail: ChatDetail) {
  const [newAbove] = useState(() => {
    const summary = summaryOf(detail.id) ?? detail;
    return summary.unread > 0 ? summary.read_seq : null;
  });
  const seen = useRef(0);
  const told = useRef(0);
  useEffect(() => {
    chat.open(true);
    return () => chat.open(false);
  }, [chat]);
  const tell = () => {
    if (seen.current <= told.current) return;
    told.current = seen.current;
    // Told again with the next message, or when the connection is back.
    markRead(detail.id, seen.current).catch(() => {
      told.current = 0;
    });
  };
  const connected = device.state.value === "open";
  useEffect(() => {
    if (connected) tell();
  }, [connected]);
  const onSeen = (seq: number) => {
    seen.current = Math.max(seen.current, seq);
    tell();
  };
  return { newAbove, onSeen };
}
