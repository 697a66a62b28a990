/**
 * Messages that the server does not have yet, kept on this device for who wrote them: after a reload they are there
 * again. Each under a key of its own, so that two tabs never write over what the other one keeps.
 */

import { forget, onTakenAway, remember, remembered, rememberedKeys } from "../ui/memory.ts";
import type { Draft } from "./state.ts";

/** In one chat; more are not kept. */
export const MOST = 100;
export const KEPT_MS = 7 * 24 * 3_600_000;
const ALL = "unsent.";

/** A meeting's chat is written to from within the meeting only. */
export type Place = "chat" | "meeting";

export interface Unsent {
  /** In the order of writing. */
  all(): Draft[];
  keep(draft: Draft): void;
  drop(clientId: string): void;
}

/** `isAllowed`: whether its writer is signed in still; what ends with a log-out is not kept after it. */
export function unsentIn(
  account: string,
  place: Place,
  chatId: string,
  isAllowed: () => boolean = () => true,
): Unsent {
  const prefix = `${ALL}${account}.${place}.${chatId}.`;
  const keys = () => rememberedKeys(prefix);
  return {
    all() {
      const found: Draft[] = [];
      for (const key of keys()) {
        const kept = remembered<unknown>(key, null);
        if (isDraft(kept) && kept.at > Date.now() - KEPT_MS) found.push(kept);
        else forget(key);
      }
      return found.sort((a, b) => a.at - b.at);
    },
    keep(draft) {
      const key = prefix + draft.clientId;
      const known = keys();
      if (isAllowed() && (known.length < MOST || known.includes(key))) remember(key, draft);
    },
    drop: (clientId) => forget(prefix + clientId),
  };
}

/** Chats, not those of meetings, in which something of this account is still to go out: what has failed waits for its writer. */
export function chatsToSendTo(account: string): string[] {
  const prefix = `${ALL}${account}.chat.`;
  const ids = new Set(rememberedKeys(prefix).map((key) => key.slice(prefix.length).split(".")[0] ?? ""));
  return [...ids].filter((id) => {
    const kept = unsentIn(account, "chat", id).all();
    return kept.some((draft) => !draft.failed);
  });
}

/** Another tab keeps it no more: the server has it, or it was discarded there. Returns how to stop. */
export function onDropped(account: string, handler: (chatId: string, clientId: string) => void): () => void {
  const prefix = `${ALL}${account}.chat.`;
  return onTakenAway(prefix, (key) => {
    const [chatId = "", clientId = ""] = key.slice(prefix.length).split(".");
    handler(chatId, clientId);
  });
}

/** What is stored may be anything: another version wrote it, or somebody by hand. */
function isDraft(value: unknown): value is Draft {
  const draft = (value ?? {}) as Record<keyof Draft, unknown>;
  const isText = (one: unknown): boolean => typeof one === "string";
  const isTexts = (one: unknown): boolean => Array.isArray(one) && one.every(isText);
  return (
    [draft.clientId, draft.content].every(isText) &&
    [draft.replyTo, draft.recipient].every((one) => one === null || isText(one)) &&
    [draft.fileIds, draft.mentions].every(isTexts) &&
    [draft.at, draft.tries].every(Number.isFinite) &&
    typeof draft.failed === "boolean"
  );
}
