/** How somebody is, as a dot beside their picture or in words. Nothing where it is not known or not shown to us. */

import "./presence.css";
import { useEffect } from "preact/hooks";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import { ago, type Presence } from "./model.ts";
import { following, minute } from "./state.ts";

const words = text.presence;

export function usePresence(userId: string): Presence | null {
  useEffect(() => following.follow(userId), [userId]);
  return following.of(userId);
}

export function PresenceDot({ userId }: { userId: string }) {
  const presence = usePresence(userId);
  if (!presence) return null;
  return (
    <span class={`presence-dot ${presence.state}`} title={words[presence.state]}>
      <span class="visually-hidden">{words[presence.state]}</span>
    </span>
  );
}

/** "Online", "In a meeting", "Last seen 5 minutes ago". */
export function LastSeen({ userId }: { userId: string }) {
  const presence = usePresence(userId);
  if (!presence) return null;
  return <span class={`presence-words ${presence.state}`}>{inWords(presence, minute.value)}</span>;
}

function inWords({ state, last_seen_at }: Presence, now: number): string {
  if (state !== "offline" || !last_seen_at) return words[state];
  const when = ago(last_seen_at, now, user.value?.language);
  return when ? words.seen(when) : words.seenNow;
}
