/** One message, and one on its way. */

import type { MeetingSession } from "../meetings/session.ts";
import { text } from "../text.ts";
import { IconButton } from "../ui/controls.tsx";
import { timeOf } from "../ui/dates.ts";
import { pieces } from "./links.ts";
import type { Message } from "./model.ts";
import type { ChatSession } from "./session.ts";
import type { Draft } from "./state.ts";

const words = text.chat;
/** Messages of one person within this time stand under one name. */
const TOGETHER_MS = 120_000;

interface MessageProps {
  session: MeetingSession;
  chat: ChatSession;
  message: Message;
  before: Message | null;
}

export function MessageView({ session, chat, message, before }: MessageProps) {
  const own = message.sender.participant_id === session.roster.room.value?.selfId;
  const head = !before || !together(before, message);
  return (
    <article
      class={`message${own ? " own" : ""}${message.recipient_participant_id ? " private" : ""}`}
      data-message-id={message.id}
    >
      {head && (
        <header>
          <strong dir="auto">{own ? text.meeting.you : message.sender.display_name}</strong>
          <time dateTime={message.created_at}>{timeOf(message.created_at)}</time>
        </header>
      )}
      <Private
        session={session}
        own={own}
        from={message.sender.display_name}
        to={message.recipient_participant_id}
      />
      {message.reply_to && <Quote chat={chat} id={message.reply_to} />}
      <div class="bubble">
        {message.deleted_at ? <em>{words.deleted}</em> : <Content content={message.content ?? ""} />}
        {!message.deleted_at && (
          <IconButton
            class="message-reply"
            icon="reply"
            size={15}
            tone="quiet"
            tip="none"
            label={words.reply(message.sender.display_name)}
            onClick={() => {
              chat.replyTo.value = message;
            }}
          />
        )}
      </div>
    </article>
  );
}

function together(a: Message, b: Message): boolean {
  return (
    a.sender.participant_id === b.sender.participant_id &&
    a.sender.user_id === b.sender.user_id &&
    a.recipient_participant_id === b.recipient_participant_id &&
    Date.parse(b.created_at) - Date.parse(a.created_at) < TOGETHER_MS
  );
}

function Private({
  session,
  own,
  from,
  to,
}: {
  session: MeetingSession;
  own: boolean;
  from: string;
  to: string | null;
}) {
  if (!to) return null;
  const name = session.roster.room.value?.participants.get(to)?.display_name ?? words.someone;
  return <p class="message-private">{own ? words.privateTo(name) : words.privateFrom(from)}</p>;
}

function Quote({ chat, id }: { chat: ChatSession; id: string }) {
  const quoted = chat.state.value.messages.find((m) => m.id === id);
  return (
    <blockquote>
      {quoted ? (
        <>
          <strong>{quoted.sender.display_name}</strong> {quoted.content}
        </>
      ) : (
        words.goneReply
      )}
    </blockquote>
  );
}

function Content({ content }: { content: string }) {
  return (
    <p dir="auto">
      {pieces(content).map((piece, index) =>
        piece.href ? (
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </p>
  );
}

export function DraftView({
  session,
  chat,
  draft,
}: {
  session: MeetingSession;
  chat: ChatSession;
  draft: Draft;
}) {
  return (
    <article class={draft.failed ? "message own draft failed" : "message own draft"}>
      <Private session={session} own from="" to={draft.recipient} />
      <div class="bubble">
        <Content content={draft.content} />
      </div>
      {draft.failed ? (
        <p class="draft-failed" role="alert">
          {words.failed} ·{" "}
          <button type="button" class="link" onClick={() => void chat.retry(draft)}>
            {words.retry}
          </button>{" "}
          ·{" "}
          <button type="button" class="link" onClick={() => chat.discard(draft)}>
            {words.discard}
          </button>
        </p>
      ) : (
        <small>{words.sending}</small>
      )}
    </article>
  );
}
