/** Keys in the log: arrows from message to message; R replies, E edits, Enter opens what else can be done. */

import { mayEdit, startEdit, startReply } from "./message_actions.tsx";
import type { ChatView } from "./view.ts";

type LogKey = KeyboardEvent & { currentTarget: HTMLElement };

export function messageKeys(event: LogKey, view: ChatView): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  const at = target.closest<HTMLElement>("[data-message-id]");
  const onMessage = target === at || target === event.currentTarget;
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    if (!target.closest("[popover], dialog")) move(event, at);
  } else if (onMessage && at && act(event.key, at, view)) {
    event.preventDefault();
    event.stopPropagation();
  }
}

function move(event: LogKey, at: HTMLElement | null): void {
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-message-id]")];
  const index = at ? all.indexOf(at) : all.length;
  const next = all[index + (event.key === "ArrowUp" ? -1 : 1)];
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** Whether the key meant something. */
function act(key: string, at: HTMLElement, view: ChatView): boolean {
  const message = view.chat.state.value.messages.find((m) => m.id === at.dataset.messageId);
  if (!message || message.deleted_at) return false;
  switch (key.toLowerCase()) {
    case "r":
      if (view.writable) startReply(view, message);
      return view.writable;
    case "e":
      if (!mayEdit(view, message)) return false;
      startEdit(view, message);
      return true;
    case "enter":
      at.querySelector<HTMLElement>(".message-more")?.click();
      return true;
    default:
      return false;
  }
}
