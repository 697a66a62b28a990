/** A message as `chat.send` takes it. */

import { formatted } from "./markup.ts";
import type { Draft } from "./state.ts";

export function outgoing(chatId: string, draft: Draft): Record<string, unknown> {
  const html = formatted(draft.content);
  return {
    chat_id: chatId,
    client_id: draft.clientId,
    content: draft.content,
    ...(html ? { formatted_content: html } : {}),
    ...(draft.replyTo ? { reply_to: draft.replyTo } : {}),
    ...(draft.recipient ? { recipient_participant_id: draft.recipient } : {}),
    ...(draft.breakout ? { breakout_id: draft.breakout.id } : {}),
    ...(draft.fileIds.length > 0 ? { file_ids: draft.fileIds } : {}),
    ...(draft.mentions.length > 0 ? { mentions: draft.mentions } : {}),
  };
}
