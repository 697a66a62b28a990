/** The messages of a chat, oldest above; stays where one reads, and at the end for who is there. */

import "./messages.css";
import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { text } from "../text.ts";
import { Button } from "../ui/controls.tsx";
import { dayOf, sameDay } from "../ui/dates.ts";
import { Icon } from "../ui/icons.tsx";
import { toast } from "../ui/toasts.ts";
import { messageKeys } from "./log_keys.ts";
import { DraftView, MessageView } from "./message.tsx";
import type { Message } from "./model.ts";
import type { ChatView } from "./view.ts";

const words = text.chat;
const NEAR_END = 40;
const NEAR_START = 60;

interface LogProps {
  view: ChatView;
  emptyHint: string;
  /** What lies above this number was new when the chat was opened. */
  newAbove?: number | null;
  /** A message to go to. */
  target?: string | null;
  /** The newest message is in sight of somebody. */
  onSeen?(seq: number): void;
}

export function Log({ view, emptyHint, newAbove = null, target = null, onSeen }: LogProps) {
  const { chat } = view;
  const { messages, drafts, older } = chat.state.value;
  const { list, behind, onScroll, jumpToEnd, loadOlder } = usePlace(view, onSeen);
  const jump = useJump(view, list, target);
  const firstNew = newAbove === null ? null : messages.find((m) => m.seq > newAbove && !chat.isOwn(m));
  return (
    <div class="chat-log-frame">
      <div
        class={view.people.length > 0 ? "chat-log faces" : "chat-log"}
        ref={list}
        onScroll={onScroll}
        onKeyDown={(event) => messageKeys(event, view)}
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
            <small>{emptyHint}</small>
          </div>
        )}
        {messages.map((message, index) => (
          <Fragment key={message.id}>
            <Between
              before={messages[index - 1] ?? null}
              message={message}
              isFirstNew={message === firstNew}
            />
            <MessageView
              view={view}
              message={message}
              before={message === firstNew ? null : sameDayBefore(messages, index)}
              onJump={jump}
            />
          </Fragment>
        ))}
        {drafts.map((draft) => (
          <DraftView key={draft.clientId} view={view} draft={draft} />
        ))}
      </div>
      {behind !== "no" && (
        <button type="button" class="chat-jump" aria-label={words.newest} onClick={jumpToEnd}>
          <Icon name="down" size={16} /> {behind === "news" && words.newMessages}
        </button>
      )}
    </div>
  );
}

function sameDayBefore(messages: readonly Message[], index: number): Message | null {
  const [before, message] = [messages[index - 1], messages[index]];
  return before && message && sameDay(before.created_at, message.created_at) ? before : null;
}

interface BetweenProps {
  before: Message | null;
  message: Message;
  isFirstNew: boolean;
}

function Between({ before, message, isFirstNew }: BetweenProps) {
  const newDay = !before || !sameDay(before.created_at, message.created_at);
  return (
    <>
      {newDay && <h3 class="day">{dayOf(message.created_at)}</h3>}
      {isFirstNew && (
        <p class="unread-line" data-first-new>
          {words.unreadFrom}
        </p>
      )}
    </>
  );
}

/** Where one is in the log, and whether that is at its end. */
function usePlace({ chat }: ChatView, onSeen: ((seq: number) => void) | undefined) {
  const list = useRef<HTMLDivElement>(null);
  const { messages, drafts, older } = chat.state.value;
  const [behind, setBehind] = useState<"no" | "yes" | "news">("no");
  const atEnd = useRef(true);
  const oldest = useRef<{ element: HTMLElement; at: number } | null>(null);
  const sent = useRef(0);
  /** Where the log was left by the last scrolling that is known of. */
  const left = useRef(0);
  const first = messages[0]?.id;
  const last = messages.at(-1);
  const seen = () => {
    if (atEnd.current && last && document.visibilityState === "visible") onSeen?.(last.seq);
  };
  const toEnd = () => {
    if (!list.current) return;
    list.current.scrollTop = list.current.scrollHeight;
    left.current = list.current.scrollTop;
    atEnd.current = true;
  };
  /** Stays at the end for who is there. Who has just scrolled up may be told of only with the next frame. */
  const follow = () => {
    if (!list.current || !atEnd.current) return;
    if (list.current.scrollTop < left.current - 1) onScroll();
    else toEnd();
  };
  const jumpToEnd = () => {
    toEnd();
    onScroll();
  };
  const loadOlder = () => chat.loadOlder().catch(() => toast(words.olderFailed, { tone: "error" }));
  useLayoutEffect(() => {
    const line = list.current?.querySelector("[data-first-new]");
    if (line) line.scrollIntoView({ block: "center" });
    else toEnd();
    onScroll();
  }, [chat]);
  useLayoutEffect(() => {
    // Who writes goes to where it will stand.
    const wrote = drafts.length > sent.current;
    sent.current = drafts.length;
    if (wrote) toEnd();
    else follow();
    if (!wrote && !atEnd.current) setBehind("news");
    seen();
  }, [last?.id, drafts.length, chat]);
  useLayoutEffect(() => {
    // Earlier messages came in above: stay at the message being read.
    const before = oldest.current;
    if (list.current && before?.element.isConnected && !atEnd.current) {
      list.current.scrollTop += before.element.offsetTop - before.at;
      left.current = list.current.scrollTop;
    }
  }, [first]);
  useLayoutEffect(() => {
    // A reaction or another wording makes the last one taller.
    follow();
    const element = list.current?.querySelector<HTMLElement>("[data-message-id]");
    oldest.current = element ? { element, at: element.offsetTop } : null;
  });
  useEffect(() => {
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  });
  const following = useRef(follow);
  following.current = follow;
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    // A phone's keyboard makes the log smaller, a picture in it makes it longer: keep the newest in sight.
    const observer = new ResizeObserver(() => following.current());
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const element = list.current;
    if (!element) return;
    left.current = element.scrollTop;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
    if (atEnd.current) setBehind("no");
    else setBehind((was) => (was === "no" ? "yes" : was));
    if (atEnd.current) seen();
    if (element.scrollTop < NEAR_START && older !== null && messages.length > 0) void loadOlder();
  };
  return { list, behind, onScroll, jumpToEnd, loadOlder };
}

/** Goes to a message, loading what lies between. */
function useJump({ chat }: ChatView, list: { current: HTMLDivElement | null }, target: string | null) {
  const jump = async (id: string) => {
    const there = await chat.reach(id).catch(() => false);
    // Once it has been drawn.
    requestAnimationFrame(() => {
      const message = list.current?.querySelector<HTMLElement>(`[data-message-id="${CSS.escape(id)}"]`);
      if (!there || !message) return void toast(words.tooFarBack);
      message.scrollIntoView({ block: "center" });
      message.focus({ preventScroll: true });
      message.classList.add("found");
      message.addEventListener("animationend", () => message.classList.remove("found"), { once: true });
    });
  };
  useEffect(() => {
    if (target) void jump(target);
  }, [target, chat]);
  return (id: string) => void jump(id);
}
