/** "Ada is writing…" */

import { text } from "../text.ts";
import type { ChatSession } from "./session.ts";

export function TypingLine({ chat }: { chat: ChatSession }) {
  const names = chat.typing.names.value;
  return (
    <p class="typing" role="status" dir="auto">
      {names.length > 0 && text.chat.typing(names)}
    </p>
  );
}
