/** What is asked before a group changes. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { PersonPicker } from "../contacts/picker.tsx";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import { Button, Field, Notice } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { whyNot } from "../ui/parts.tsx";
import { addMembers, changeChat, removeMember } from "./api.ts";
import { reloadChat, takeChat } from "./chats.ts";
import type { ChatDetail, Member, Person } from "./model.ts";

const words = text.chats;

interface AskProps {
  title: string;
  action: string;
  danger?: boolean;
  ready?: boolean;
  onClose(): void;
  /** What is done; the dialog stays, and says why, when it fails. */
  deed(): Promise<unknown>;
  children: ComponentChildren;
}

function Ask({ title, action, danger = false, ready = true, onClose, deed, children }: AskProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setProblem(null);
    try {
      await deed();
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form="ask" tone={danger ? "danger" : "primary"} busy={busy} disabled={!ready}>
            {action}
          </Button>
        </>
      }
    >
      <form id="ask" class="dialog-form" onSubmit={(event) => void onSubmit(event)}>
        {children}
        {problem && <Notice tone="error">{whyNot(problem)}</Notice>}
      </form>
    </Dialog>
  );
}

interface DialogProps {
  chat: ChatDetail;
  onClose(): void;
}

export function AddPeople({ chat, onClose }: DialogProps) {
  const [chosen, setChosen] = useState<Person[]>([]);
  const present = new Set(chat.members.map((m) => m.user_id ?? ""));
  const ids = chosen.map((person) => person.user_id);
  return (
    <Ask
      title={words.addPeople}
      action={words.add}
      ready={chosen.length > 0}
      onClose={onClose}
      deed={() => addMembers(chat.id, ids).then(takeChat)}
    >
      <PersonPicker label={words.whoGroup} chosen={chosen} onChange={setChosen} without={present} />
    </Ask>
  );
}

export function RenameGroup({ chat, onClose }: DialogProps) {
  const [title, setTitle] = useState(chat.title ?? "");
  return (
    <Ask
      title={words.rename}
      action={text.people.save}
      ready={title.trim() !== ""}
      onClose={onClose}
      deed={() => changeChat(chat.id, { title: title.trim() }).then(takeChat)}
    >
      <Field
        label={words.groupName}
        maxLength={100}
        first
        value={title}
        onInput={(event) => setTitle(event.currentTarget.value)}
      />
    </Ask>
  );
}

export function LeaveGroup({ chat, onClose, onLeft }: DialogProps & { onLeft(): void }) {
  const leave = async () => {
    await removeMember(chat.id, user.value?.id ?? "");
    await reloadChat(chat.id);
    onLeft();
  };
  return (
    <Ask title={words.leaveTitle} action={words.leave} danger onClose={onClose} deed={leave}>
      <p>{words.leaveLead}</p>
    </Ask>
  );
}

export function RemovePerson({ chat, member, onClose }: DialogProps & { member: Member }) {
  const remove = async () => {
    await removeMember(chat.id, member.user_id ?? "");
    await reloadChat(chat.id);
  };
  return (
    <Ask
      title={words.removeTitle(member.display_name)}
      action={words.remove}
      danger
      onClose={onClose}
      deed={remove}
    >
      <p>{words.removeLead}</p>
    </Ask>
  );
}
