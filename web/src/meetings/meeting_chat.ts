/** The chat of a meeting on that meeting's socket. */

import { ChatSession } from "../chat/session.ts";
import { startChat } from "../chat/state.ts";
import { unsentIn } from "../chat/unsent.ts";
import { user } from "../identity/session.ts";
import { visitor } from "./api.ts";
import type { BreakoutWatch } from "./breakouts.ts";
import type { Line } from "./line.ts";
import type { Roster } from "./roster.ts";
import type { JoinedReply } from "./stages.ts";

interface Place {
  reference: string;
  line: Line;
  roster: Roster;
  breakouts: BreakoutWatch;
}

/** `before`: the one of this meeting before one had to join anew; what it could not send goes out now. */
export function meetingChat(
  chat: JoinedReply["chat"],
  { reference, line, roster, breakouts }: Place,
  before: ChatSession | null,
): ChatSession | null {
  if (!chat) return null;
  const me = user.peek()?.id;
  const made = new ChatSession(startChat(chat.chat_id, chat.messages), {
    request: (action, data) => line.request(action, data),
    credentials: visitor(reference),
    connected: () => line.state.value === "open",
    me: () => roster.room.value?.selfId,
    whole: false,
    ...(me ? { unsent: unsentIn(me, "meeting", chat.chat_id, () => user.peek()?.id === me) } : {}),
  });
  made.breakout.value = breakouts.room.value;
  if (before) made.takeOver(before);
  else made.restore();
  return made;
}
