/** The messages of one chat: those that came, those on their way, and how many are unread. Pure. */

import type { Message } from "./model.ts";

export interface Draft {
  clientId: string;
  content: string;
  replyTo: string | null;
  recipient: string | null;
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
}

export function startChat(chatId: string, messages: Message[]): ChatState {
  // Fewer than a full page means that there is nothing before it.
  const older = messages.length < FIRST_PAGE ? null : undefined;
  return receive({ chatId, messages: [], drafts: [], unread: 0, older }, messages);
}

export const FIRST_PAGE = 50;

/** Add messages from anywhere (event, history, reply): repeated ones replace, order is by time of creation. */
export function receive(state: ChatState, messages: readonly Message[]): ChatState {
  const byId = new Map(state.messages.map((m) => [m.id, m]));
  for (const message of messages) byId.set(message.id, message);
  const confirmed = new Set(messages.map((m) => m.client_id));
  return {
    ...state,
    messages: [...byId.values()].sort(inOrder),
    drafts: state.drafts.filter((d) => !confirmed.has(d.clientId)),
  };
}

/** A message event while the meeting goes on: counts as unread unless it is one's own or is being read. */
export function arrive(state: ChatState, message: Message, own: boolean, reading: boolean): ChatState {
  const known = state.messages.some((m) => m.id === message.id);
  const unread = known || own || reading ? state.unread : state.unread + 1;
  return { ...receive(state, [message]), unread };
}

export function prepend(state: ChatState, page: { items: Message[]; next_cursor: string | null }): ChatState {
  return { ...receive(state, page.items), older: page.next_cursor };
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

// UUIDv7 ids rise with time, so they settle what has the same time stamp.
function inOrder(a: Message, b: Message): number {
  return Date.parse(a.created_at) - Date.parse(b.created_at) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
