/** Whom a chat is with: one person, and whether they are there, or a group. */

import { PresenceDot } from "../presence/dot.tsx";
import { Avatar } from "../ui/avatar.tsx";
import type { ChatSummary } from "./model.ts";
import { titleOf } from "./names.ts";

export function Face({ chat }: { chat: ChatSummary }) {
  const { peer } = chat;
  return (
    <span class="with-presence">
      <Avatar name={titleOf(chat)} id={peer?.user_id ?? chat.id} url={peer?.avatar_url} size="small" />
      {peer && <PresenceDot userId={peer.user_id} />}
    </span>
  );
}
