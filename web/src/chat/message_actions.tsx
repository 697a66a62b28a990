/** What can be done with a message: beside it with the pointer, by its menu, or by the keys of the log. */

import { useCallback, useRef, useState } from "preact/hooks";
import { text } from "../text.ts";
import { copy } from "../ui/clipboard.ts";
import { Button, IconButton } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Popover } from "../ui/popover.tsx";
import { toast } from "../ui/toasts.ts";
import { Emojis } from "./emoji.tsx";
import type { Message } from "./model.ts";
import { complain, react } from "./reactions.tsx";
import { ReadBy } from "./receipts.tsx";
import type { ChatView } from "./view.ts";

const words = text.chat;

interface ActionsProps {
  view: ChatView;
  message: Message;
  /** By Tab: only those of the message that has the focus, or a long chat would be a long way. */
  reachable: boolean;
}

type Open = { what: "emojis" | "menu"; anchor: HTMLElement } | { what: "remove" | "receipts" } | null;

export function MessageActions({ view, message, reachable }: ActionsProps) {
  const [open, setOpen] = useState<Open>(null);
  const close = useCallback(() => setOpen(null), []);
  const more = useRef<HTMLSpanElement>(null);
  const name = view.chat.isOwn(message) ? words.replyYourself : message.sender.display_name;
  const at = (what: "emojis" | "menu") => (event: { currentTarget: EventTarget | null }) =>
    setOpen(open ? null : { what, anchor: event.currentTarget as HTMLElement });
  const ask = (what: "remove" | "receipts") => {
    // The menu will be gone when the dialog gives the focus back.
    more.current?.closest<HTMLElement>("[data-message-id]")?.focus({ preventScroll: true });
    setOpen({ what });
  };
  const small = { size: 16, tone: "quiet", tip: "none", tabIndex: reachable ? 0 : -1 } as const;
  return (
    <span class={open ? "message-actions open" : "message-actions"} ref={more}>
      {view.writable && (
        <>
          <IconButton icon="smile" label={words.react(name)} onClick={at("emojis")} {...small} />
          <IconButton
            class="message-reply"
            icon="reply"
            label={words.reply(message.sender.display_name)}
            onClick={() => startReply(view, message)}
            {...small}
          />
        </>
      )}
      <IconButton
        class="message-more"
        icon="more"
        label={words.actions(name)}
        onClick={at("menu")}
        {...small}
      />
      {open?.what === "emojis" && (
        <Popover anchor={open.anchor} label={words.chooseReaction} onClose={close}>
          <Emojis
            all
            onChoose={(emoji) => {
              close();
              react(view, message, emoji);
            }}
          />
        </Popover>
      )}
      {open?.what === "menu" && (
        <Popover anchor={open.anchor} label={words.actions(name)} onClose={close}>
          <MessageMenu view={view} message={message} onDone={close} onOpen={ask} />
        </Popover>
      )}
      {open?.what === "remove" && <RemoveDialog view={view} message={message} onClose={close} />}
      {open?.what === "receipts" && <ReadBy message={message} onClose={close} />}
    </span>
  );
}

interface Item {
  label: string;
  icon: IconName;
  danger?: boolean;
  run(): void;
}

interface MenuProps {
  view: ChatView;
  message: Message;
  onDone(): void;
  onOpen(what: "remove" | "receipts"): void;
}

function MessageMenu({ view, message, onDone, onOpen }: MenuProps) {
  const chosen = (run: () => void) => () => {
    onDone();
    run();
  };
  return (
    <div class="message-menu">
      {view.writable && (
        <Emojis all={false} onChoose={(emoji) => chosen(() => react(view, message, emoji))()} />
      )}
      <ul onKeyDown={alongList}>
        {itemsOf(view, message, onOpen).map((item) => (
          <li key={item.label}>
            <button type="button" class={item.danger ? "danger" : ""} onClick={chosen(item.run)}>
              <Icon name={item.icon} size={17} />
              {item.label}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function itemsOf(view: ChatView, message: Message, onOpen: MenuProps["onOpen"]): Item[] {
  const own = view.chat.isOwn(message);
  const said = Boolean(message.content) && !message.call;
  const items: (Item | false)[] = [
    view.writable && {
      label: words.reply(message.sender.display_name),
      icon: "reply",
      run: () => startReply(view, message),
    },
    mayEdit(view, message) && { label: words.edit, icon: "rename", run: () => startEdit(view, message) },
    said && { label: words.copy, icon: "copy", run: () => void copied(message) },
    own && view.audience !== null && { label: words.readBy, icon: "read", run: () => onOpen("receipts") },
    mayRemove(view, message) && {
      label: words.remove,
      icon: "bin",
      danger: true,
      run: () => onOpen("remove"),
    },
  ];
  return items.filter((item) => item !== false);
}

async function copied(message: Message): Promise<void> {
  await copy(message.content ?? "");
  toast(words.copied);
}

export const mayEdit = (view: ChatView, message: Message): boolean =>
  view.writable &&
  view.chat.isOwn(message) &&
  Boolean(message.content) &&
  !message.call &&
  !message.deleted_at;

const mayRemove = (view: ChatView, message: Message): boolean =>
  !message.call && (view.moderates || (view.writable && view.chat.isOwn(message)));

export function startReply({ chat }: ChatView, message: Message): void {
  chat.editing.value = null;
  chat.replyTo.value = message;
}

export function startEdit({ chat }: ChatView, message: Message): void {
  chat.replyTo.value = null;
  chat.editing.value = message;
}

function RemoveDialog({ view, message, onClose }: { view: ChatView; message: Message; onClose(): void }) {
  return (
    <Dialog
      title={words.removeTitle}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button
            tone="danger"
            onClick={() => {
              onClose();
              complain(view.chat.remove(message));
            }}
          >
            {words.remove}
          </Button>
        </>
      }
    >
      <p>{words.removeLead}</p>
    </Dialog>
  );
}

/** Up and down between the entries; from the first one up into the reactions above. */
function alongList(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.indexOf(event.target as HTMLButtonElement);
  const next = buttons[at + (event.key === "ArrowDown" ? 1 : -1)];
  event.preventDefault();
  event.stopPropagation();
  next?.focus();
}
