/** The chat beside the meeting. */

import { useEffect, useLayoutEffect } from "preact/hooks";
import type { Participant } from "../meetings/model.ts";
import type { MeetingSession } from "../meetings/session.ts";
import { text } from "../text.ts";
import { Composer } from "./composer.tsx";
import { Log } from "./log.tsx";
import type { Callable } from "./mentions.ts";
import type { ChatSession } from "./session.ts";
import { TypingLine } from "./typing_line.tsx";
import type { ChatView } from "./view.ts";

const words = text.chat;
/** Not one room but the whole meeting; no participant has this id. */
const ALL = "all";

export function ChatPanel({ session, chat }: { session: MeetingSession; chat: ChatSession }) {
  useEffect(() => {
    chat.open(true);
    return () => chat.open(false);
  }, [chat]);
  const room = chat.breakout.value;
  const moderates = session.roster.moderator.value;
  const writable = session.meeting.value?.settings.allow_chat !== false || moderates;
  const view: ChatView = {
    chat,
    nameOf: (id) => session.roster.room.value?.participants.get(id)?.display_name ?? null,
    people: [...(session.roster.room.value?.participants.values() ?? [])].map(callable),
    writable,
    moderates,
    audience: null,
  };
  return (
    <div class="chat">
      <Log view={view} emptyHint={room ? words.emptyHintIn(room.name) : words.emptyHint} />
      <TypingLine chat={chat} />
      {writable ? (
        <Composer view={view} above={<To session={session} chat={chat} />} />
      ) : (
        <p class="chat-closed">{words.closed}</p>
      )}
    </div>
  );
}

const callable = ({ id, display_name, avatar_url = null }: Participant): Callable => ({
  id,
  name: display_name,
  avatar_url,
});

function To({ session, chat }: { session: MeetingSession; chat: ChatSession }) {
  const others = session.roster.others.value;
  const recipient = others.some((p) => p.id === chat.recipient.value) ? chat.recipient.value : null;
  const room = chat.breakout.value;
  // At once: later it would undo what was chosen meanwhile.
  useLayoutEffect(() => {
    // Whoever it was for has left: the next one is not for somebody who comes back, unnoticed.
    chat.recipient.value = recipient;
  }, [recipient]);
  return (
    <div class={recipient ? "composer-to private" : "composer-to"}>
      <label for="chat-to">{words.to}</label>
      <select
        id="chat-to"
        value={recipient ?? (room && chat.toAll.value ? ALL : "")}
        onChange={({ currentTarget: { value } }) => {
          chat.toAll.value = value === ALL;
          chat.recipient.value = value === ALL ? null : value || null;
        }}
      >
        <option value="">{room ? room.name : words.everyone}</option>
        {room && <option value={ALL}>{words.everyoneInMeeting}</option>}
        {others.map((p) => (
          <option key={p.id} value={p.id}>
            {p.display_name}
          </option>
        ))}
      </select>
    </div>
  );
}
