/** All chats of who is signed in: the list, kept true by events, and those that have been opened. */

import { computed, effect, signal, untracked } from "@preact/signals";
import { device } from "../delivery/device.ts";
import { asProblem, type Problem } from "../delivery/problem.ts";
import type { ScopedEvent } from "../delivery/sequence.ts";
import { user } from "../identity/session.ts";
import { badges } from "../ui/badges.ts";
import { myChats, readChat } from "./api.ts";
import { Conversation } from "./conversation.ts";
import type { ChatDetail, Message } from "./model.ts";
import { chatOf, doubt, inOrder, nothing, put, putOlder, reduce } from "./summaries.ts";
import { chatsToSendTo, onDropped } from "./unsent.ts";

const EVENTS = [
  "message.created",
  "message.updated",
  "chat.read",
  "chat.created",
  "chat.updated",
  "chat.muted",
  "chat.member_added",
  "chat.member_removed",
  "chat.member_updated",
  "chat.typing",
];
/** What is doubtful is often made clear by the next event. */
const ASK_MS = 500;

const state = signal(nothing);
const next = signal<string | null>(null);
const conversations = new Map<string, Conversation>();
let askTimer: ReturnType<typeof setTimeout> | undefined;

export const chatList = computed(() => inOrder(state.value));
export const moreChats = computed(() => next.value !== null);
/** The list has been loaded once; why not, if it could not. */
export const loaded = signal(false);
export const listProblem = signal<Problem | null>(null);

export const summaryOf = (chatId: string) => state.value.chats.get(chatId);

/** Counting and keeping goes on while somebody is signed in. Returns how to stop. */
export function startChats(): () => void {
  const offs = EVENTS.map((event) => device.on(event, hear));
  offs.push(
    device.onAfresh(() => void afresh()),
    effect(() => {
      badges.chats.value = chatList.value.filter(
        (chat) => chat.unread > 0 && !isMuted(chat.muted_until),
      ).length;
    }),
    effect(() => {
      if (device.state.value === "open") untracked(sendUnsent);
    }),
    onDropped(user.peek()?.id ?? "", (chatId, clientId) =>
      conversations.get(chatId)?.session.peek()?.discard({ clientId }),
    ),
  );
  return () => {
    for (const off of offs) off();
    clearTimeout(askTimer);
    askTimer = undefined;
    state.value = nothing;
    next.value = null;
    loaded.value = false;
    conversations.clear();
    badges.chats.value = 0;
  };
}

/** In the chats that are open, and in those where an earlier page has left something to send. */
function sendUnsent(): void {
  for (const one of conversations.values()) one.session.peek()?.resend();
  for (const chatId of chatsToSendTo(user.peek()?.id ?? "")) void conversation(chatId).load();
}

export const isMuted = (until: string | null): boolean => until !== null && Date.parse(until) > Date.now();

export function conversation(chatId: string): Conversation {
  const known = conversations.get(chatId);
  if (known) return known;
  const made = new Conversation(chatId, (message, chatSeq) => stored(message, chatSeq));
  conversations.set(chatId, made);
  return made;
}

/** A chat as an answer of the server has it. */
export function takeChat(detail: ChatDetail): void {
  state.value = putOlder(state.value, [detail]);
  conversations.get(detail.id)?.take(detail);
}

/** After a change of one's own whose answer is not the whole chat. What fails here, the events tell. */
export async function reloadChat(chatId: string): Promise<void> {
  const detail = await readChat(chatId).catch(() => null);
  if (detail) takeChat(detail);
}

export async function loadChats(cursor: string | null = null): Promise<void> {
  const me = user.value?.id;
  listProblem.value = null;
  try {
    const page = await myChats(cursor);
    if (user.value?.id !== me) return;
    state.value = putOlder(state.value, page.items);
    next.value = page.next_cursor;
    loaded.value = true;
  } catch (error) {
    if (user.value?.id === me) listProblem.value = asProblem(error);
  }
  ask();
}

export const loadMoreChats = (): Promise<void> => loadChats(next.value);

/** The mark of what one has read moves at once here, and on all one's devices by its event. */
export async function markRead(chatId: string, seq: number): Promise<void> {
  const me = user.value?.id;
  const chat = summaryOf(chatId);
  // A chat may be open before the list has come: then only the server knows.
  if (!me || (chat && chat.read_seq >= seq && chat.unread === 0)) return;
  const mark = await device.request<Record<string, unknown>>("chat.read", { chat_id: chatId, seq });
  hear({ scope: "user", seq: 0, event: "chat.read", data: mark });
}

async function afresh(): Promise<void> {
  const opened = [...conversations.values()].map((one) => one.refresh());
  await Promise.all([loadChats(), ...opened]);
}

function stored(message: Message, chatSeq: number): void {
  const event = message.seq === message.changed_seq ? "message.created" : "message.updated";
  tellList({ scope: "user", seq: 0, event, data: { message, chat_seq: chatSeq } });
}

function hear(event: ScopedEvent): void {
  tellList(event);
  const chatId = chatOf(event.data);
  if (chatId) conversations.get(chatId)?.hear(event);
}

function tellList(event: ScopedEvent): void {
  const me = user.value?.id;
  // The chat of a meeting has a scope of its own, and its place beside the meeting.
  if (!me || event.scope !== "user" || event.event === "chat.typing") return;
  state.value = reduce(state.value, event, me);
  ask();
}

function ask(): void {
  if (state.value.doubtful.size === 0 || askTimer !== undefined) return;
  askTimer = setTimeout(async () => {
    askTimer = undefined;
    for (const chatId of state.value.doubtful) await askFor(chatId);
  }, ASK_MS);
}

async function askFor(chatId: string): Promise<void> {
  const doubtful = new Set(state.value.doubtful);
  doubtful.delete(chatId);
  state.value = { ...state.value, doubtful };
  const [before, me] = [summaryOf(chatId), user.value?.id];
  // What cannot be read now is asked for with the next event of that chat.
  const detail = await readChat(chatId).catch(() => null);
  if (!detail || detail.kind === "meeting" || user.value?.id !== me) return;
  // An event that came meanwhile may be in the answer or not.
  if (summaryOf(chatId) !== before) state.value = doubt(state.value, chatId);
  else state.value = put(state.value, [detail]);
  ask();
}
