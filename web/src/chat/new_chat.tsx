/** Starting a chat with one person, or a group. */

import { useState } from "preact/hooks";
import { PersonPicker } from "../contacts/picker.tsx";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Button, Field, Notice } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { whyNot } from "../ui/parts.tsx";
import { directChat, groupChat } from "./api.ts";
import { takeChat } from "./chats.ts";
import type { Person } from "./model.ts";

const words = text.chats;

export type NewKind = "direct" | "group";

interface NewChatProps {
  kind: NewKind;
  onClose(): void;
  onDone(chatId: string): void;
}

export function NewChat({ kind, onClose, onDone }: NewChatProps) {
  const [chosen, setChosen] = useState<Person[]>([]);
  const [title, setTitle] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const group = kind === "group";
  const ready = chosen.length > 0 && (!group || title.trim() !== "");
  const create = async (event: Event) => {
    event.preventDefault();
    const [first] = chosen;
    if (!ready || !first) return;
    setBusy(true);
    setProblem(null);
    try {
      const ids = chosen.map((person) => person.user_id);
      const chat = await (group ? groupChat(title.trim(), ids) : directChat(first.user_id));
      takeChat(chat);
      onDone(chat.id);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={group ? words.newGroup : words.newChat}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form="new-chat" tone="primary" busy={busy} disabled={!ready}>
            {group ? words.create : words.open}
          </Button>
        </>
      }
    >
      <form id="new-chat" class="dialog-form" onSubmit={(event) => void create(event)}>
        <PersonPicker
          label={group ? words.whoGroup : words.who}
          chosen={chosen}
          onChange={setChosen}
          most={group ? 100 : 1}
        />
        {group && (
          <Field
            label={words.groupName}
            placeholder={words.groupNameHint}
            maxLength={100}
            required
            value={title}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        )}
        {problem && <Notice tone="error">{whyNot(problem)}</Notice>}
      </form>
    </Dialog>
  );
}
