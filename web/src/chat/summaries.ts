/** The list of chats as events change it. Pure; what an event alone cannot tell is asked for (`doubtful`). */

import type { ScopedEvent } from "../delivery/sequence.ts";
import type { ChatSummary, Mark, Message } from "./model.ts";

export interface Summaries {
  chats: ReadonlyMap<string, ChatSummary>;
  /** Chats whose summary is to be read again. */
  doubtful: ReadonlySet<string>;
}

export const nothing: Summaries = { chats: new Map(), doubtful: new Set() };

export function put(state: Summaries, summaries: readonly ChatSummary[]): Summaries {
  const chats = new Map(state.chats);
  for (const summary of summaries) chats.set(summary.id, summary);
  return { ...state, chats };
}

/** The page of a list read while events came: what they told, of messages and of what was read, is newer. */
export function putOlder(state: Summaries, summaries: readonly ChatSummary[]): Summaries {
  const older = summaries.filter(({ id, seq, read_seq }) => {
    const known = state.chats.get(id);
    return known !== undefined && (seq < known.seq || read_seq < known.read_seq);
  });
  const all = put(
    state,
    summaries.filter((chat) => !older.includes(chat)),
  );
  // Where each knows something that the other does not, it is read again.
  const crossed = older.filter(({ id, seq, read_seq }) => {
    const known = state.chats.get(id) as ChatSummary;
    return seq > known.seq || read_seq > known.read_seq;
  });
  return crossed.reduce((next, chat) => doubt(next, chat.id), all);
}

/** Newest activity first. */
export function inOrder(state: Summaries): ChatSummary[] {
  const at = (chat: ChatSummary) => Date.parse(chat.last_activity_at);
  return [...state.chats.values()].sort((a, b) => at(b) - at(a) || (a.id < b.id ? 1 : -1));
}

export function reduce(state: Summaries, { event, data }: ScopedEvent, me: string): Summaries {
  const chatId = chatOf(data);
  if (!chatId) return state;
  if (event === "chat.created") return putOlder(state, [data.chat as ChatSummary]);
  const chat = state.chats.get(chatId);
  if (!chat) return isForeign(data) ? state : doubt(state, chatId);
  const chatSeq = Number(data.chat_seq ?? 0);
  // Something between was missed; the numbers would come out wrong.
  const known = chatSeq > chat.seq + 1 ? doubt(state, chatId) : state;
  switch (event) {
    case "message.created":
      return change(known, arrived(chat, data.message as Message, chatSeq, me));
    case "message.updated":
      return updated(known, chat, data.message as Message, chatSeq, me);
    case "chat.read":
      return read(known, chat, data as unknown as Mark, me);
    case "chat.updated":
    case "chat.muted": {
      const { title, avatar_url, muted_until } = { ...chat, ...data } as ChatSummary;
      return change(known, { ...chat, title, avatar_url, muted_until, seq: Math.max(chat.seq, chatSeq) });
    }
    default:
      return doubt(known, chatId);
  }
}

export function chatOf(data: ScopedEvent["data"]): string | undefined {
  const { chat_id, message, chat } = data as {
    chat_id?: string;
    message?: Message;
    chat?: ChatSummary;
  };
  return chat_id ?? message?.chat_id ?? chat?.id;
}

/** What is private in a meeting, or said in a breakout room, comes to the person too, and is no business of this list. */
const isForeign = ({ message }: { message?: Message }): boolean =>
  Boolean(message?.recipient_participant_id || message?.breakout_id);

function change(state: Summaries, chat: ChatSummary): Summaries {
  return { ...state, chats: new Map(state.chats).set(chat.id, chat) };
}

export function doubt(state: Summaries, chatId: string): Summaries {
  return { ...state, doubtful: new Set(state.doubtful).add(chatId) };
}

function arrived(chat: ChatSummary, message: Message, chatSeq: number, me: string): ChatSummary {
  // Up to its number a summary has counted everything; its latest message may be from a moment before.
  const counts =
    chatSeq > chat.seq &&
    message.sender.user_id !== me &&
    message.type !== "system" &&
    !message.deleted_at &&
    message.seq > chat.read_seq;
  const last = chat.last_message;
  const isLast =
    !last || message.seq > last.seq || (message.id === last.id && message.changed_seq >= last.changed_seq);
  return {
    ...chat,
    seq: Math.max(chat.seq, chatSeq),
    unread: chat.unread + (counts ? 1 : 0),
    last_message: isLast ? message : chat.last_message,
    last_activity_at: isLast ? message.created_at : chat.last_activity_at,
  };
}

function updated(
  state: Summaries,
  chat: ChatSummary,
  message: Message,
  chatSeq: number,
  me: string,
): Summaries {
  const last = chat.last_message;
  const isLast = last?.id === message.id && last.changed_seq <= message.changed_seq;
  const next = change(state, {
    ...chat,
    seq: Math.max(chat.seq, chatSeq),
    last_message: isLast ? message : last,
  });
  // Whether it had been counted as unread, only the server knows.
  const counted = message.deleted_at && message.sender.user_id !== me && message.seq > chat.read_seq;
  return counted && chatSeq > chat.seq ? doubt(next, chat.id) : next;
}

function read(state: Summaries, chat: ChatSummary, { member_id, read_seq }: Mark, me: string): Summaries {
  if (member_id !== me || read_seq <= chat.read_seq) return state;
  const all = read_seq >= (chat.last_message?.seq ?? 0);
  const next = change(state, { ...chat, read_seq, unread: all ? 0 : chat.unread });
  return all ? next : doubt(next, chat.id);
}
