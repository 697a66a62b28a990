/** Who has read a message, and by when. */

import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Spinner } from "../ui/controls.tsx";
import { dateTime } from "../ui/dates.ts";
import { Dialog } from "../ui/dialog.tsx";
import { useLoaded } from "../ui/loading.ts";
import { Failed } from "../ui/parts.tsx";
import { receiptsOf } from "./api.ts";
import type { Message } from "./model.ts";

const words = text.chat;

export function ReadBy({ message, onClose }: { message: Message; onClose(): void }) {
  const { value, problem, again } = useLoaded(() => receiptsOf(message.chat_id, message.id), [message.id]);
  return (
    <Dialog title={words.readByTitle} onClose={onClose}>
      {problem && <Failed problem={problem} onRetry={again} />}
      {!value && !problem && <Spinner label={text.common.loading} />}
      {value?.length === 0 && <p class="hint">{words.readByNobody}</p>}
      {value && value.length > 0 && (
        <ul class="person-list">
          {value.map((reader) => (
            <li key={reader.member_id}>
              <Avatar name={reader.display_name} id={reader.member_id} size="small" />
              <span class="person-list-name" dir="auto">
                {reader.display_name}
              </span>
              <small>{dateTime(reader.read_at)}</small>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
