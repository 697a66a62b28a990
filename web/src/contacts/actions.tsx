/** What one can do about a person wherever they are shown: keep them, block them, unblock them. */

import { useState } from "preact/hooks";
import { asProblem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Button, Notice } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import type { MenuItem } from "../ui/menu.tsx";
import { whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { addContact, blockPerson, unblockPerson } from "./api.ts";
import { isBlocked, useBlocks } from "./blocks.ts";

const words = text.contacts;

interface Whom {
  user_id: string;
  display_name: string;
}

/** Menu items, and the dialog that one of them opens: render both. */
export function usePersonActions(person: Whom | null): {
  items: MenuItem[];
  dialog: preact.JSX.Element | null;
} {
  useBlocks();
  const [blocking, setBlocking] = useState(false);
  if (!person) return { items: [], dialog: null };
  const add: MenuItem = { label: words.addToContacts, icon: "admit", run: () => void keep(person) };
  const stop: MenuItem = isBlocked(person.user_id)
    ? { label: words.unblock, icon: "block", run: () => void unblock(person) }
    : { label: words.block, icon: "block", danger: true, run: () => setBlocking(true) };
  return {
    items: [add, stop],
    dialog: blocking ? <BlockDialog person={person} onClose={() => setBlocking(false)} /> : null,
  };
}

export async function keep(person: Whom, alias?: string | null): Promise<void> {
  await told(addContact(person.user_id, alias), words.added(person.display_name));
}

export async function unblock(person: Whom): Promise<void> {
  await told(unblockPerson(person.user_id), words.unblocked(person.display_name));
}

export function BlockDialog({ person, onClose }: { person: Whom; onClose(): void }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const name = person.display_name;
  const block = async () => {
    setBusy(true);
    setFailed(null);
    try {
      await blockPerson(person.user_id);
      toast(words.isBlocked(name));
      onClose();
    } catch (error) {
      setFailed(whyNot(asProblem(error)));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={words.blockTitle(name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button tone="danger" busy={busy} onClick={() => void block()}>
            {words.block}
          </Button>
        </>
      }
    >
      <p>{words.blockLead(name)}</p>
      {failed && <Notice tone="error">{failed}</Notice>}
    </Dialog>
  );
}

/** Says how it ended, and does not throw. */
export async function told(work: Promise<unknown>, done: string): Promise<void> {
  try {
    await work;
    toast(done);
  } catch (error) {
    toast(whyNot(asProblem(error)), { tone: "error" });
  }
}
