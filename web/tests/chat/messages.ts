/** Messages and drafts to try the chat with. */

import type { Message } from "../../src/chat/model.ts";
import type { Draft } from "../../src/chat/state.ts";

/** The `n`th of a chat, from Ada. */
export const message = (n: number, more: Partial<Message> = {}): Message => ({
  id: `id-${String(n).padStart(4, "0")}`,
  chat_id: "c",
  seq: n,
  changed_seq: n,
  type: "text",
  sender: { participant_id: "ada", user_id: null, display_name: "Ada" },
  content: `m${n}`,
  formatted_content: null,
  mentions: [],
  reply_to: null,
  files: [],
  reactions: {},
  call: null,
  recipient_participant_id: null,
  breakout_id: null,
  breakout_name: null,
  client_id: `client-${n}`,
  created_at: new Date(1_700_000_000_000 + n).toISOString(),
  edited_at: null,
  deleted_at: null,
  ...more,
});

export const draft = (n: number): Draft => ({
  clientId: `client-${n}`,
  content: `m${n}`,
  replyTo: null,
  recipient: null,
  breakout: null,
  fileIds: [],
  mentions: [],
  at: 0,
  failed: false,
  tries: 0,
});
