/** The reactions under a message: each a switch of one's own, with how many chose it. */

import { asProblem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import type { Message } from "./model.ts";
import type { ChatView } from "./view.ts";

export function Reactions({ view, message }: { view: ChatView; message: Message }) {
  const chosen = Object.entries(message.reactions);
  if (chosen.length === 0 || message.deleted_at) return null;
  const me = view.chat.me ?? "";
  return (
    <ul class="reactions" aria-label={text.chat.reactions}>
      {chosen.map(([emoji, members]) => (
        <li key={emoji}>
          <button
            type="button"
            aria-pressed={members.includes(me)}
            aria-label={text.chat.reaction(emoji, namesOf(view, members))}
            title={namesOf(view, members).join(", ")}
            disabled={!view.writable}
            onClick={() => react(view, message, emoji)}
          >
            <span aria-hidden="true">{emoji}</span> {members.length}
          </button>
        </li>
      ))}
    </ul>
  );
}

function namesOf(view: ChatView, members: readonly string[]): string[] {
  const name = (id: string) => (id === view.chat.me ? text.chat.you : (view.nameOf(id) ?? text.chat.someone));
  return members.map(name);
}

/** Choose it, or take it back. */
export function react({ chat }: ChatView, message: Message, emoji: string): void {
  const on = !message.reactions[emoji]?.includes(chat.me ?? "");
  complain(chat.react(message, emoji, on));
}

/** What somebody did in passing and what did not come of it. */
export function complain(deed: Promise<unknown>): void {
  deed.catch((error) => toast(whyNot(asProblem(error)), { tone: "error" }));
}
