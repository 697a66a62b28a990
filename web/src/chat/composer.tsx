/** Where one writes: a new message, a reply, or another wording of one's own. */

import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { AttachButton, PendingFiles, useIntake } from "../files/attach.tsx";
import type { Uploads } from "../files/uploads.ts";
import { useUploads } from "../files/use_uploads.ts";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import { IconButton } from "../ui/controls.tsx";
import { remember, remembered } from "../ui/memory.ts";
import { Summary } from "./content.tsx";
import { useMentions } from "./mention_picker.tsx";
import type { Message } from "./model.ts";
import { complain } from "./reactions.tsx";
import type { ChatSession } from "./session.ts";
import type { ChatView } from "./view.ts";

const words = text.chat;
const MAX_LENGTH = 4000;

interface ComposerProps {
  view: ChatView;
  /** Under this name what is not sent yet is kept on this device. */
  keptAs?: string;
  /** A choice above the field, such as to whom. */
  above?: ComponentChildren;
  /** One comes to write, not to read a certain message. */
  first?: boolean;
}

export function Composer({ view, keptAs, above, first = true }: ComposerProps) {
  const { chat } = view;
  const { content, setContent, editing, endEdit } = useWording(view, keptAs);
  const input = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const uploads = useUploads(chat.chatId);
  const takesFiles = !editing && Boolean(user.value);
  const place = () => form.current?.closest(".conversation, .panel") ?? form.current;
  const over = useIntake(uploads, place, takesFiles);
  const replying = chat.replyTo.value;
  useFieldFocus(input, chat, first, replying ?? editing);
  const mentions = useMentions(view, { input, content, setContent });
  const send = () => {
    const trimmed = content.trim();
    if (editing ? !trimmed : !sendable(trimmed, uploads)) return;
    if (editing) {
      const called = mentions.called(trimmed, editing.mentions);
      if (trimmed !== editing.content) complain(chat.edit(editing, trimmed, called));
      endEdit();
    } else {
      void chat.send(trimmed, uploads.ids(), mentions.called(trimmed));
      uploads.clear();
      setContent("");
    }
    mentions.forget();
  };
  const cancel = () => {
    chat.replyTo.value = null;
    if (editing) endEdit();
  };
  return (
    <form
      ref={form}
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <About view={view} onCancel={cancel} />
      {above}
      {over && <p class="drop-hint">{text.files.drop}</p>}
      {takesFiles && <PendingFiles uploads={uploads} />}
      <div class="composer-row">
        {mentions.list}
        {takesFiles && <AttachButton uploads={uploads} />}
        <textarea
          ref={input}
          {...mentions.attributes}
          dir="auto"
          rows={1}
          aria-label={words.message}
          placeholder={words.placeholder}
          title={words.formats}
          maxLength={MAX_LENGTH}
          value={content}
          onInput={(event) => {
            setContent(event.currentTarget.value);
            mentions.look(event.currentTarget);
            if (event.currentTarget.value && !editing) chat.tellTyping();
          }}
          onKeyUp={(event) => mentions.look(event.currentTarget)}
          onClick={(event) => mentions.look(event.currentTarget)}
          onBlur={mentions.leave}
          onKeyDown={(event) => {
            if (mentions.key(event)) return;
            if (event.key === "Escape" && (replying || editing)) {
              event.stopPropagation();
              cancel();
            }
            if (event.key === "ArrowUp" && !content && !editing) editLast(event, view);
            // Enter that ends a composition (IME) is not for sending.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <IconButton
          type="submit"
          icon={editing ? "check" : "send"}
          tone="on"
          tip="none"
          label={editing ? words.save : words.send}
          disabled={editing ? !content.trim() : !sendable(content.trim(), uploads)}
        />
      </div>
    </form>
  );
}

/** Words, or files, and of these none that is still on its way. */
function sendable(words: string, uploads: Uploads): boolean {
  return uploads.ready.value && (words !== "" || uploads.items.value.length > 0);
}

/** Not when the recipient changes: who chooses one by keyboard would be carried off in the middle of it. */
function useFieldFocus(
  input: RefObject<HTMLTextAreaElement | null>,
  chat: ChatSession,
  first: boolean,
  about: unknown,
): void {
  const focus = () => {
    const field = input.current;
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  };
  // Both at once, so that the next key is typed here; later they would take the focus from where it has gone
  // meanwhile. On a touch screen the keyboard would cover what is to be read.
  useLayoutEffect(() => {
    if (first && !matchMedia("(hover: none)").matches) focus();
  }, [chat]);
  useLayoutEffect(() => {
    if (about) focus();
  }, [about]);
}

/** The last thing one wrote, to word it anew. */
function editLast(event: KeyboardEvent, { chat, writable }: ChatView): void {
  const last = chat.state.value.messages.findLast((m) => chat.isOwn(m) && !m.deleted_at);
  if (!writable || !last?.content || last.call) return;
  event.preventDefault();
  chat.editing.value = last;
}

/** What is being written: kept over a change of the chat, and apart from what is only being reworded. */
function useWording({ chat }: ChatView, keptAs: string | undefined) {
  const key = keptAs ? `draft.${keptAs}` : null;
  const [fresh, setFresh] = useState(() => (key ? remembered(key, "") : ""));
  // With what it rewords, so that a key right after the choice finds the old words and is not lost.
  const [reworded, setReworded] = useState<{ of: Message; words: string } | null>(null);
  const editing = chat.editing.value;
  const keep = (value: string) => {
    setFresh(value);
    if (key) remember(key, value || null);
  };
  return {
    content: editing ? (reworded?.of === editing ? reworded.words : (editing.content ?? "")) : fresh,
    setContent: editing ? (value: string) => setReworded({ of: editing, words: value }) : keep,
    editing,
    endEdit: () => {
      chat.editing.value = null;
    },
  };
}

function About({ view, onCancel }: { view: ChatView; onCancel(): void }) {
  const { chat } = view;
  const message = chat.editing.value ?? chat.replyTo.value;
  if (!message) return null;
  const editing = chat.editing.value !== null;
  const name = chat.isOwn(message) ? words.replyYourself : message.sender.display_name;
  return (
    <div class="composer-reply">
      <span dir="auto">
        <strong>{editing ? words.editing : words.replyingTo(name)}</strong> <Summary message={message} />
      </span>
      <IconButton
        icon="close"
        size={16}
        tone="quiet"
        tip="none"
        label={editing ? words.cancelEdit : words.cancelReply}
        onClick={onCancel}
      />
    </div>
  );
}
