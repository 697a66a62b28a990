/** What a chat is called. */

import { text } from "../text.ts";
import type { ChatSummary } from "./model.ts";

export const titleOf = (chat: ChatSummary): string =>
  chat.title || chat.peer?.display_name || text.chats.untitled;
