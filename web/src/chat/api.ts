/** Chats over REST. */

import { call } from "../delivery/http.ts";
import { credentials } from "../identity/session.ts";
import { go } from "../router.ts";
import { readPage } from "./history.ts";
import type { ChatDetail, ChatSummary, Member, MessagePage, Receipt } from "./model.ts";

const at = (chatId: string, ...rest: string[]): string =>
  ["/v1/chats", chatId, ...rest].map((part, i) => (i ? encodeURIComponent(part) : part)).join("/");

export function myChats(
  cursor: string | null,
): Promise<{ items: ChatSummary[]; next_cursor: string | null }> {
  const query = new URLSearchParams({ limit: "50", ...(cursor ? { cursor } : {}) });
  return call(`/v1/chats?${query}`, { credentials });
}

export const readChat = (chatId: string): Promise<ChatDetail> => call(at(chatId), { credentials });

export const newestPage = (chatId: string): Promise<MessagePage> => readPage(chatId, undefined, credentials);

function create(body: unknown): Promise<ChatDetail> {
  const headers = { "idempotency-key": crypto.randomUUID() };
  return call("/v1/chats", { method: "POST", body, headers, credentials });
}

export const directChat = (userId: string): Promise<ChatDetail> =>
  create({ kind: "direct", user_id: userId });

export const groupChat = (title: string, userIds: string[]): Promise<ChatDetail> =>
  create({ kind: "group", title, user_ids: userIds });

/** The chat with one person, made if there is none yet. */
export async function openChatWith(userId: string): Promise<void> {
  go(`/chats/${(await directChat(userId)).id}`);
}

export interface ChatChanges {
  title?: string;
  muted_until?: string | null;
}

export function changeChat(chatId: string, changes: ChatChanges): Promise<ChatDetail> {
  return call(at(chatId), { method: "PATCH", body: changes, credentials });
}

export function addMembers(chatId: string, userIds: string[]): Promise<ChatDetail> {
  return call(at(chatId, "members"), { method: "POST", body: { user_ids: userIds }, credentials });
}

export function changeRole(chatId: string, userId: string, role: Member["role"]): Promise<Member> {
  return call(at(chatId, "members", userId), { method: "PATCH", body: { role }, credentials });
}

export function removeMember(chatId: string, userId: string): Promise<void> {
  return call(at(chatId, "members", userId), { method: "DELETE", credentials });
}

export async function receiptsOf(chatId: string, messageId: string): Promise<Receipt[]> {
  const path = at(chatId, "messages", messageId, "receipts");
  return (await call<{ items: Receipt[] }>(path, { credentials })).items;
}
