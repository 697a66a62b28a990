/** One message, and one on its way. */

import { useState } from "preact/hooks";
import { CallMessage } from "../calls/message.tsx";
import { Attachments } from "../files/attachments.tsx";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { dateTime, timeOf } from "../ui/dates.ts";
import { Icon } from "../ui/icons.tsx";
import { Content, Summary } from "./content.tsx";
import { MessageActions } from "./message_actions.tsx";
import type { Message } from "./model.ts";
import { faceOf } from "./names.ts";
import { Reactions } from "./reactions.tsx";
import { type Draft, readers } from "./state.ts";
import type { ChatView } from "./view.ts";

const words = text.chat;
/** Messages of one person within this time stand under one name. */
const TOGETHER_MS = 120_000;

interface MessageProps {
  view: ChatView;
  message: Message;
  before: Message | null;
  onJump(id: string): void;
}

export function MessageView({ view, message, before, onJump }: MessageProps) {
  const [active, setActive] = useState(false);
  if (message.type === "system") return <SystemNote message={message} />;
  const own = view.chat.isOwn(message);
  const head = !before || !together(before, message);
  const name = own ? words.you : message.sender.display_name;
  const kinds = [own && "own", head && "head", message.recipient_participant_id && "private"];
  return (
    <article
      class={["message", ...kinds].filter(Boolean).join(" ")}
      data-message-id={message.id}
      tabIndex={-1}
      onFocusIn={() => setActive(true)}
      onFocusOut={() => setActive(false)}
    >
      {head && (
        <header>
          {!own && <Face view={view} message={message} />}
          <strong dir="auto">{name}</strong>
          <time dateTime={message.created_at} title={dateTime(message.created_at)}>
            {timeOf(message.created_at)}
          </time>
        </header>
      )}
      <Private
        view={view}
        own={own}
        from={message.sender.display_name}
        to={message.recipient_participant_id}
      />
      {head && message.breakout_name && <InRoom name={message.breakout_name} />}
      {message.reply_to && !message.deleted_at && <Quote view={view} id={message.reply_to} onJump={onJump} />}
      <div class="bubble">
        <Body view={view} message={message} />
        {!message.deleted_at && <MessageActions view={view} message={message} reachable={active} />}
      </div>
      <Reactions view={view} message={message} />
      <Foot view={view} message={message} own={own} />
    </article>
  );
}

/** Who speaks, where more than two do. Their name stands beside it. */
function Face({ view, message }: { view: ChatView; message: Message }) {
  const face = faceOf(message.sender, view.people);
  return face && <Avatar {...face} size="small" />;
}

function Body({ view, message }: { view: ChatView; message: Message }) {
  if (message.deleted_at) return <p class="bubble-text gone">{words.deleted}</p>;
  return (
    <div class="bubble-body">
      {message.call && <CallMessage call={message.call} chatId={message.chat_id} />}
      {message.content && !message.call && (
        <Content
          view={view}
          content={message.content}
          formatted={message.formatted_content}
          mentions={message.mentions}
        />
      )}
      <Attachments files={message.files} credentials={view.chat.credentials} />
    </div>
  );
}

function SystemNote({ message }: { message: Message }) {
  return (
    <p class="system-note" data-message-id={message.id} tabIndex={-1}>
      {message.content}
    </p>
  );
}

export const senderOf = ({ sender }: Message): string => sender.user_id ?? sender.participant_id ?? "";

function together(a: Message, b: Message): boolean {
  return (
    a.type !== "system" &&
    senderOf(a) === senderOf(b) &&
    a.recipient_participant_id === b.recipient_participant_id &&
    a.breakout_id === b.breakout_id &&
    Date.parse(b.created_at) - Date.parse(a.created_at) < TOGETHER_MS
  );
}

interface PrivateProps {
  view: ChatView;
  own: boolean;
  from: string;
  to: string | null;
}

function Private({ view, own, from, to }: PrivateProps) {
  if (!to) return null;
  const name = view.nameOf(to) ?? words.someone;
  return <p class="message-private">{own ? words.privateTo(name) : words.privateFrom(from)}</p>;
}

/** Where it was said, so that it is not taken for something that all have read. */
function InRoom({ name }: { name: string }) {
  return (
    <p class="message-room" dir="auto">
      {words.inRoom(name)}
    </p>
  );
}

function Quote({ view, id, onJump }: { view: ChatView; id: string; onJump(id: string): void }) {
  const quoted = view.chat.state.value.messages.find((m) => m.id === id);
  const name = quoted?.sender.display_name ?? "";
  return (
    <button
      type="button"
      class="quote"
      aria-label={quoted ? words.jumpTo(name) : words.goneReply}
      onClick={() => onJump(id)}
    >
      {quoted ? (
        <>
          <strong dir="auto">{name}</strong>{" "}
          <span dir="auto">
            <Summary message={quoted} />
          </span>
        </>
      ) : (
        words.goneReply
      )}
    </button>
  );
}

function Foot({ view, message, own }: { view: ChatView; message: Message; own: boolean }) {
  const edited = message.edited_at && !message.deleted_at;
  const ticks = own && view.audience !== null && !message.deleted_at;
  if (!edited && !ticks) return null;
  return (
    <p class="message-foot">
      {edited && <span title={dateTime(message.edited_at)}>{words.edited}</span>}
      {ticks && <Ticks view={view} message={message} />}
    </p>
  );
}

function Ticks({ view, message }: { view: ChatView; message: Message }) {
  const audience = view.audience ?? 0;
  const read = Math.min(audience, readers(view.chat.state.value, message, view.chat.me));
  const all = audience > 0 && read === audience;
  const label = all ? words.read : read > 0 ? words.readOf(read, audience) : words.sent;
  return (
    <span class={all ? "ticks all" : "ticks"} role="img" aria-label={label} title={label}>
      <Icon name={read > 0 ? "read" : "check"} size={15} />
    </span>
  );
}

export function DraftView({ view, draft }: { view: ChatView; draft: Draft }) {
  const { chat } = view;
  return (
    <article class={draft.failed ? "message own draft failed" : "message own draft"}>
      <Private view={view} own from="" to={draft.recipient} />
      {draft.breakout && <InRoom name={draft.breakout.name} />}
      <div class="bubble">
        <div class="bubble-body">
          {draft.content && <Content view={view} content={draft.content} mentions={draft.mentions} />}
          {draft.fileIds.length > 0 && <p class="bubble-text">{words.files(draft.fileIds.length)}</p>}
        </div>
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
