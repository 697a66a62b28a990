/** About a chat: who is in it and as what; its name; muting it and leaving it. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { asProblem } from "../delivery/problem.ts";
import { user } from "../identity/session.ts";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, IconButton, Toggle } from "../ui/controls.tsx";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import { whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { changeChat, changeRole, openChatWith } from "./api.ts";
import { isMuted, reloadChat, takeChat } from "./chats.ts";
import { AddPeople, LeaveGroup, RemovePerson, RenameGroup } from "./group_dialogs.tsx";
import type { ChatDetail, Member } from "./model.ts";

const words = text.chats;
/** Muted without an end. */
const FOR_EVER = "9999-12-31T00:00:00Z";

type Open = { what: "add" | "rename" | "leave" } | { what: "remove"; member: Member } | null;

export function Details({ chat, onClose }: { chat: ChatDetail; onClose(): void }) {
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const panel = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    panel.current?.focus();
    return () => {
      const opener = document.querySelector<HTMLElement>("[data-opens=details]");
      if (panel.current?.contains(document.activeElement)) queueMicrotask(() => opener?.focus());
    };
  }, []);
  const group = chat.kind === "group";
  const admin = group && chat.role === "admin";
  return (
    <aside
      class="details"
      aria-label={words.details}
      ref={panel}
      tabIndex={-1}
      onKeyDown={(event) => event.key === "Escape" && !open && onClose()}
    >
      <header class="panel-head">
        <h2>{words.details}</h2>
        <IconButton icon="close" tone="quiet" tip="none" label={text.common.close} onClick={onClose} />
      </header>
      {chat.role && <MuteToggle chat={chat} />}
      {admin && (
        <div class="details-actions">
          <Button icon="admit" onClick={() => setOpen({ what: "add" })}>
            {words.addPeople}
          </Button>
          <Button icon="rename" onClick={() => setOpen({ what: "rename" })}>
            {words.rename}
          </Button>
        </div>
      )}
      <h3>{words.members(chat.members.length)}</h3>
      <ul class="person-list">
        {[...chat.members].sort(byName).map((member) => (
          <MemberRow
            key={member.member_id}
            chat={chat}
            member={member}
            onRemove={() => setOpen({ what: "remove", member })}
          />
        ))}
      </ul>
      {group && chat.role && (
        <Button class="details-leave" icon="door" onClick={() => setOpen({ what: "leave" })}>
          {words.leave}
        </Button>
      )}
      {open?.what === "add" && <AddPeople chat={chat} onClose={close} />}
      {open?.what === "rename" && <RenameGroup chat={chat} onClose={close} />}
      {open?.what === "leave" && <LeaveGroup chat={chat} onClose={close} onLeft={() => go("/chats")} />}
      {open?.what === "remove" && <RemovePerson chat={chat} member={open.member} onClose={close} />}
    </aside>
  );
}

const byName = (a: Member, b: Member): number => a.display_name.localeCompare(b.display_name);

function complainIfFails(deed: Promise<unknown>): Promise<unknown> {
  return deed.catch((error) => toast(whyNot(asProblem(error)), { tone: "error" }));
}

function MuteToggle({ chat }: { chat: ChatDetail }) {
  return (
    <Toggle
      label={words.mute}
      checked={isMuted(chat.muted_until)}
      onChange={(on) =>
        complainIfFails(changeChat(chat.id, { muted_until: on ? FOR_EVER : null }).then(takeChat))
      }
    />
  );
}

interface RowProps {
  chat: ChatDetail;
  member: Member;
  onRemove(): void;
}

function MemberRow({ chat, member, onRemove }: RowProps) {
  const me = member.user_id === user.value?.id;
  const items = me ? [] : itemsOf(chat, member, onRemove);
  return (
    <li>
      <Avatar name={member.display_name} id={member.member_id} url={member.avatar_url} size="small" />
      <span class="person-list-name" dir="auto">
        {me ? words.justYou(member.display_name) : member.display_name}
        {member.role === "admin" && chat.kind === "group" && <small>{words.admin}</small>}
      </span>
      {items.length > 0 && <Menu label={words.actionsFor(member.display_name)} items={items} />}
    </li>
  );
}

function itemsOf(chat: ChatDetail, member: Member, onRemove: () => void): MenuItem[] {
  const id = member.user_id;
  if (!id || chat.kind !== "group") return [];
  const write: MenuItem = {
    label: words.write,
    icon: "chat",
    run: () => void complainIfFails(openChatWith(id)),
  };
  if (chat.role !== "admin") return [write];
  const role = member.role === "admin" ? "member" : "admin";
  const change = async () => {
    await changeRole(chat.id, id, role);
    await reloadChat(chat.id);
  };
  return [
    write,
    {
      label: role === "admin" ? words.makeAdmin : words.makeMember,
      icon: "promote",
      run: () => void complainIfFails(change()),
    },
    { label: words.remove, icon: "remove", danger: true, run: onRemove },
  ];
}
