/** The chat beside the meeting. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { MeetingSession } from "../meetings/session.ts";
import { text } from "../text.ts";
import { Button, IconButton } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { toast } from "../ui/toasts.ts";
import { DraftView, MessageView } from "./message.tsx";
import type { ChatSession } from "./session.ts";

const words = text.chat;
const MAX_LENGTH = 4000;

export function ChatPanel({ session, chat }: { session: MeetingSession; chat: ChatSession }) {
  useEffect(() => {
    chat.open(true);
    return () => chat.open(false);
  }, [chat]);
  const open = session.meeting.value?.settings.allow_chat !== false || session.roster.moderator.value;
  return (
    <div class="chat">
      <Log session={session} chat={chat} />
      {open ? <Composer session={session} chat={chat} /> : <p class="chat-closed">{words.closed}</p>}
    </div>
  );
}

function Log({ session, chat }: { session: MeetingSession; chat: ChatSession }) {
  const list = useRef<HTMLDivElement>(null);
  const { messages, drafts, older } = chat.state.value;
  const [behind, setBehind] = useState(false);
  const atEnd = useRef(true);
  const height = useRef(0);
  const first = messages[0]?.id;
  const last = messages.at(-1)?.id;
  const loadOlder = () => chat.loadOlder().catch(() => toast(words.olderFailed, { tone: "error" }));
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    if (atEnd.current) element.scrollTop = element.scrollHeight;
    else setBehind(true);
  }, [last, drafts.length]);
  useLayoutEffect(() => {
    // Earlier messages came in above: stay at the message being read.
    const element = list.current;
    if (element && !atEnd.current) element.scrollTop += element.scrollHeight - height.current;
    height.current = element?.scrollHeight ?? 0;
  }, [first]);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    // A phone's keyboard makes the panel smaller: keep the newest message in sight.
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const element = list.current;
    if (!element) return;
    height.current = element.scrollHeight;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    if (atEnd.current) setBehind(false);
    if (element.scrollTop < 60 && older !== null && messages.length > 0) void loadOlder();
  };
  return (
    <div class="chat-log-frame">
      <div
        class="chat-log"
        ref={list}
        onScroll={onScroll}
        role="log"
        aria-live="polite"
        aria-label={words.log}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
      >
        {older !== null && messages.length > 0 && (
          <Button class="chat-older" busy={chat.loading.value} onClick={() => void loadOlder()}>
            {words.older}
          </Button>
        )}
        {messages.length === 0 && drafts.length === 0 && (
          <div class="empty">
            <Icon name="chat" size={28} />
            <p>{words.empty}</p>
            <small>{words.emptyHint}</small>
          </div>
        )}
        {messages.map((message, index) => (
          <MessageView
            key={message.id}
            session={session}
            chat={chat}
            message={message}
            before={messages[index - 1] ?? null}
          />
        ))}
        {drafts.map((draft) => (
          <DraftView key={draft.clientId} session={session} chat={chat} draft={draft} />
        ))}
      </div>
      {behind && (
        <button
          type="button"
          class="chat-jump"
          onClick={() => {
            if (list.current) list.current.scrollTop = list.current.scrollHeight;
          }}
        >
          <Icon name="down" size={16} /> {words.newMessages}
        </button>
      )}
    </div>
  );
}

function Composer({ session, chat }: { session: MeetingSession; chat: ChatSession }) {
  const [content, setContent] = useState("");
  const input = useRef<HTMLTextAreaElement>(null);
  const others = session.roster.others.value;
  const recipient = others.some((p) => p.id === chat.recipient.value) ? chat.recipient.value : null;
  const replying = chat.replyTo.value;
  // Not when the recipient changes: who chooses one by keyboard would be carried off in the middle of it.
  useEffect(() => input.current?.focus(), [replying]);
  const send = () => {
    const trimmed = content.trim();
    if (!trimmed) return;
    chat.recipient.value = recipient;
    void chat.send(trimmed);
    setContent("");
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {replying && (
        <div class="composer-reply">
          <span>
            <strong>{words.replyingTo(replying.sender.display_name)}</strong> {replying.content}
          </span>
          <IconButton
            icon="close"
            size={16}
            tone="quiet"
            tip="none"
            label={words.cancelReply}
            onClick={() => {
              chat.replyTo.value = null;
            }}
          />
        </div>
      )}
      <div class={recipient ? "composer-to private" : "composer-to"}>
        <label for="chat-to">{words.to}</label>
        <select
          id="chat-to"
          value={recipient ?? ""}
          onChange={(e) => {
            chat.recipient.value = e.currentTarget.value || null;
          }}
        >
          <option value="">{words.everyone}</option>
          {others.map((p) => (
            <option key={p.id} value={p.id}>
              {p.display_name}
            </option>
          ))}
        </select>
      </div>
      <div class="composer-row">
        <textarea
          ref={input}
          dir="auto"
          rows={1}
          aria-label={words.message}
          placeholder={words.placeholder}
          maxLength={MAX_LENGTH}
          value={content}
          onInput={(e) => setContent(e.currentTarget.value)}
          onKeyDown={(event) => {
            // Enter that ends a composition (IME) is not for sending.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <IconButton
          type="submit"
          icon="send"
          tone="on"
          tip="none"
          label={words.send}
          disabled={!content.trim()}
        />
      </div>
    </form>
  );
}
