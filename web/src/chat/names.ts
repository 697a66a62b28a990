/** What a chat is called, and who stands beside what is said in it. */

import { text } from "../text.ts";
import type { Callable } from "./mentions.ts";
import type { ChatSummary, Sender } from "./model.ts";

export const titleOf = (chat: ChatSummary): string =>
  chat.title || chat.peer?.display_name || text.chats.untitled;

/** `people`: those who are here; nobody where two talk, who need no faces to be told apart. */
export function faceOf(sender: Sender, people: readonly Callable[]) {
  if (people.length === 0) return null;
  // As on the tiles of a meeting, where people have the colours of participants.
  const id = sender.participant_id ?? sender.user_id ?? "";
  const url = people.find((person) => person.id === id)?.avatar_url ?? null;
  return { id, name: sender.display_name, url };
}
