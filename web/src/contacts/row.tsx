/** One contact: how they are, and everything one can do with them. */

import { useState } from "preact/hooks";
import { CallPerson } from "../calls/chat_buttons.tsx";
import { openChatWith } from "../chat/api.ts";
import { asProblem } from "../delivery/problem.ts";
import { LastSeen, PresenceDot } from "../presence/dot.tsx";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, Field, IconButton, Notice } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import { whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { BlockDialog, keep, unblock } from "./actions.tsx";
import { removeContact, renameContact } from "./api.ts";
import { type Contact, known, nameOf } from "./model.ts";

const words = text.contacts;

export function ContactRow({ contact }: { contact: Contact }) {
  const [open, setOpen] = useState<"rename" | "block" | null>(null);
  const { person } = contact;
  const name = nameOf(contact);
  const items: MenuItem[] = [
    { label: words.rename, icon: "rename", run: () => setOpen("rename") },
    contact.blocked
      ? { label: words.unblock, icon: "block", run: () => void unblock(person) }
      : { label: words.block, icon: "block", run: () => setOpen("block") },
    { label: words.remove, icon: "remove", danger: true, run: () => void remove(contact) },
  ];
  const below = known(person, contact.alias);
  return (
    <li class="person-row" data-user-id={person.user_id}>
      <span class="with-presence">
        <Avatar name={name} id={person.user_id} url={person.avatar_url} size="small" />
        <PresenceDot userId={person.user_id} />
      </span>
      <div class="person-what">
        <strong dir="auto">{name}</strong>
        <small>
          {below && <span dir="auto">{below}</span>}
          {contact.blocked ? <span class="chip">{words.blocked}</span> : <LastSeen userId={person.user_id} />}
        </small>
      </div>
      <div class="person-does">
        {!contact.blocked && (
          <>
            <span class="person-calls">
              <CallPerson userId={person.user_id} name={name} />
            </span>
            <IconButton
              icon="chat"
              tone="quiet"
              tip="none"
              label={words.message(name)}
              onClick={() => void message(person.user_id)}
            />
          </>
        )}
        <Menu label={words.actions(name)} items={items} />
      </div>
      {open === "rename" && <RenameDialog contact={contact} onClose={() => setOpen(null)} />}
      {open === "block" && <BlockDialog person={person} onClose={() => setOpen(null)} />}
    </li>
  );
}

async function message(userId: string): Promise<void> {
  try {
    await openChatWith(userId);
  } catch (error) {
    toast(whyNot(asProblem(error)), { tone: "error" });
  }
}

async function remove(contact: Contact): Promise<void> {
  try {
    await removeContact(contact.person.user_id);
    toast(words.removed(nameOf(contact)), {
      action: { label: words.undo, run: () => void keep(contact.person, contact.alias) },
    });
  } catch (error) {
    toast(whyNot(asProblem(error)), { tone: "error" });
  }
}

function RenameDialog({ contact, onClose }: { contact: Contact; onClose(): void }) {
  const [alias, setAlias] = useState(contact.alias ?? "");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const own = contact.person.display_name;
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFailed(null);
    try {
      await renameContact(contact.person.user_id, alias.trim() || null);
      onClose();
    } catch (error) {
      setFailed(whyNot(asProblem(error)));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.renameTitle(own)} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void save(event)}>
        <Field
          first
          label={words.alias}
          hint={words.aliasHint(own)}
          maxLength={200}
          value={alias}
          onInput={(event) => setAlias(event.currentTarget.value)}
        />
        {failed && <Notice tone="error">{failed}</Notice>}
        <footer class="dialog-actions">
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button tone="primary" type="submit" busy={busy}>
            {words.save}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
