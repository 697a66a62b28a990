/**
 * The messages of one chat: those that came, those on their way, and how far everybody has read. Pure.
 *
 * Every change of a chat has a number (`chat_seq`), one higher than the last. What comes twice or late is known by
 * it, and what is missing shows as a hole.
 */

import type { Breakout, Mark, Message, MessagePage } from "./model.ts";

export interface Draft {
  clientId: string;
  content: string;
  replyTo: string | null;
  recipient: string | null;
  breakout: Breakout | null;
  fileIds: readonly string[];
  mentions: readonly string[];
  at: number;
  failed: boolean;
  /** How often it was sent without an answer. */
  tries: number;
}

export interface ChatState {
  chatId: string;
  /** Oldest first, each id once. */
  messages: readonly Message[];
  /** Sent by this page and not confirmed yet, in the order of sending. */
  drafts: readonly Draft[];
  unread: number;
  /** Cursor of the page before the oldest message; undefined: not asked yet; null: there is none. */
  older: string | null | undefined;
  /** All changes up to this number are in. */
  seq: number;
  /** Numbers above it that are in, too: between them something is missing. */
  ahead: readonly number[];
  marks: ReadonlyMap<string, Mark>;
}

/** Fewer than these in the first page means that there is nothing before it. */
export const FIRST_PAGE = 50;

/** `seq`: what the messages include. Where it is not told, their own numbers say how far they go. */
export function startChat(chatId: string, messages: readonly Message[], seq?: number): ChatState {
  const older = messages.length < FIRST_PAGE ? null : undefined;
  const empty: ChatState = {
    chatId,
    messages: [],
    drafts: [],
    unread: 0,
    older,
    seq: seq ?? Math.max(0, ...messages.map((m) => m.changed_seq)),
    ahead: [],
    marks: new Map(),
  };
  return receive(empty, messages);
}

/** Add messages from anywhere (event, history, reply): of two states of one message the later one stays. */
export function receive(state: ChatState, messages: readonly Message[]): ChatState {
  const byId = new Map(state.messages.map((m) => [m.id, m]));
  for (const message of messages) {
    const known = byId.get(message.id);
    if (!known || known.changed_seq <= message.changed_seq) byId.set(message.id, message);
  }
  const confirmed = new Set(messages.map((m) => m.client_id));
  return {
    ...state,
    messages: [...byId.values()].sort((a, b) => a.seq - b.seq),
    drafts: state.drafts.filter((d) => !confirmed.has(d.clientId)),
  };
}

/** A change that an event tells of. A message from before the oldest one at hand comes with its page. */
export function change(state: ChatState, message: Message, chatSeq: number): ChatState {
  const first = state.messages[0];
  const before = state.older !== null && first !== undefined && message.seq < first.seq;
  return note(before ? state : receive(state, [message]), chatSeq);
}

/** The change with this number is in. */
export function note(state: ChatState, chatSeq: number): ChatState {
  if (chatSeq <= state.seq || state.ahead.includes(chatSeq)) return state;
  return closed({ ...state, ahead: [...state.ahead, chatSeq] });
}

/** Something between what is known and what came is missing. */
export const hasHole = (state: ChatState): boolean => state.ahead.length > 0;

/** All changes up to `seq`, as `chat.sync` tells them; `messages` are those among them at their latest. */
export function fill(state: ChatState, messages: readonly Message[], seq: number): ChatState {
  const shown = messages.reduce((all, message) => change(all, message, 0), state);
  return closed({ ...shown, seq: Math.max(shown.seq, seq) });
}

function closed(state: ChatState): ChatState {
  let { seq } = state;
  const ahead = new Set(state.ahead.filter((n) => n > seq));
  while (ahead.delete(seq + 1)) seq++;
  return { ...state, seq, ahead: [...ahead] };
}

/** A message event while the meeting goes on: counts as unread unless it is one's own or is being read. */
export function arrive(
  state: ChatState,
  message: Message,
  { own, reading, chatSeq }: { own: boolean; reading: boolean; chatSeq: number },
): ChatState {
  const known = state.messages.some((m) => m.id === message.id);
  const unread = known || own || reading ? state.unread : state.unread + 1;
  return { ...change(state, message, chatSeq), unread };
}

export function prepend(state: ChatState, page: Pick<MessagePage, "items" | "next_cursor">): ChatState {
  return { ...receive(state, page.items), older: page.next_cursor };
}

/** Marks only move forward, whatever the order in which they are told. */
export function mark(state: ChatState, marks: readonly Mark[]): ChatState {
  const all = new Map(state.marks);
  for (const one of marks) {
    if (one.read_seq > (all.get(one.member_id)?.read_seq ?? -1)) all.set(one.member_id, one);
  }
  return { ...state, marks: all };
}

export function sending(state: ChatState, draft: Draft): ChatState {
  const others = state.drafts.filter((d) => d.clientId !== draft.clientId);
  return { ...state, drafts: [...others, draft] };
}

export function failed(state: ChatState, clientId: string): ChatState {
  return {
    ...state,
    drafts: state.drafts.map((d) => (d.clientId === clientId ? { ...d, failed: true } : d)),
  };
}

export function discard(state: ChatState, clientId: string): ChatState {
  return { ...state, drafts: state.drafts.filter((d) => d.clientId !== clientId) };
}

export const markRead = (state: ChatState): ChatState =>
  state.unread === 0 ? state : { ...state, unread: 0 };

/** How many of the others have read a message: their mark has reached it. */
export function readers(state: ChatState, message: Message, besides: string | undefined): number {
  const marks = [...state.marks.values()];
  return marks.filter((m) => m.member_id !== besides && m.read_seq >= message.seq).length;
}
