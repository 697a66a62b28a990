/** What was said before, page by page. */

import { type Credentials, call } from "../delivery/http.ts";
import type { MessagePage } from "./model.ts";
import { FIRST_PAGE } from "./state.ts";

/** The newest page, or the one before a cursor. */
export function readPage(
  chatId: string,
  cursor: string | undefined,
  credentials: Credentials,
): Promise<MessagePage> {
  const query = new URLSearchParams({ limit: String(FIRST_PAGE), direction: "before" });
  if (cursor) query.set("cursor", cursor);
  return call(`/v1/chats/${encodeURIComponent(chatId)}/messages?${query}`, { credentials });
}
