/** Where one chooses files to send, and what becomes of them until they are sent. */

import "./files.css";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import { IconButton } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import type { Limits } from "./api.ts";
import { sizeOf } from "./size.ts";
import { currentLimits, type Item, type Uploads } from "./uploads.ts";

const words = text.files;

interface AttachProps {
  uploads: Uploads;
  disabled?: boolean;
}

/** For who is signed in: files have an owner. The limits are told where one looks before choosing. */
export function AttachButton({ uploads, disabled = false }: AttachProps) {
  const input = useRef<HTMLInputElement>(null);
  const [limits, setLimits] = useState<Limits | null>(null);
  if (!user.value) return null;
  const ask = () => {
    if (!limits) currentLimits().then(setLimits, () => undefined);
  };
  const told = limits
    ? `${words.attach}. ${words.limits(sizeOf(limits.max_size), sizeOf(limits.max_image_size))}`
    : null;
  return (
    <>
      <IconButton
        icon="attach"
        tone="quiet"
        label={told ?? words.attach}
        disabled={disabled}
        onFocus={ask}
        onPointerEnter={ask}
        onClick={() => input.current?.click()}
      />
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={limits ? accepted(limits) : undefined}
        onChange={(event) => {
          uploads.add(event.currentTarget.files ?? []);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

const accepted = (limits: Limits): string =>
  Object.entries(limits.content_types)
    .flatMap(([type, endings]) => [type, ...endings.map((ending) => `.${ending}`)])
    .join(",");

/** Files dropped on what `within` names, or pasted there. Whether some are held over it. */
export function useIntake(uploads: Uploads, within: () => Element | null, enabled = true): boolean {
  const [over, setOver] = useState(false);
  useLayoutEffect(() => {
    const place = within();
    if (!place || !enabled) return;
    const on = (event: Event) => {
      const data = event instanceof ClipboardEvent ? event.clipboardData : (event as DragEvent).dataTransfer;
      const carries = data?.types.includes("Files") ?? false;
      if (event.type === "dragleave" || event.type === "drop") setOver(false);
      if (!carries) return;
      // Text that comes with a picture of itself (from a spreadsheet) is pasted as text.
      if (event.type === "paste" && data?.types.includes("text/plain")) return;
      event.preventDefault();
      if (event.type === "dragover") setOver(true);
      if (event.type === "drop" || event.type === "paste") uploads.add(data?.files ?? []);
    };
    const names = ["dragover", "dragleave", "drop", "paste"];
    for (const name of names) place.addEventListener(name, on);
    return () => {
      for (const name of names) place.removeEventListener(name, on);
    };
  }, [uploads, enabled]);
  return over;
}

export function PendingFiles({ uploads }: { uploads: Uploads }) {
  const items = uploads.items.value;
  if (items.length === 0) return null;
  return (
    <ul class="pending-files" aria-label={words.pending}>
      {items.map((item) => (
        <Pending key={item.key} item={item} uploads={uploads} />
      ))}
    </ul>
  );
}

function Pending({ item, uploads }: { item: Item; uploads: Uploads }) {
  const { file, state } = item;
  const bad = state === "failed" || state === "refused";
  return (
    <li class={bad ? "pending-file bad" : "pending-file"}>
      {item.preview ? <img src={item.preview} alt="" /> : <Icon name="file" size={22} />}
      <span class="pending-name" dir="auto" title={file.name}>
        {file.name}
      </span>
      <small class="pending-state" role={bad ? "alert" : undefined}>
        {stateOf(item)}
      </small>
      {(state === "uploading" || state === "waiting") && (
        <progress max={1} value={item.progress} aria-label={words.progress(file.name)} />
      )}
      {state === "failed" && item.again && (
        <IconButton
          icon="again"
          size={16}
          tone="quiet"
          tip="none"
          label={words.retry(file.name)}
          onClick={() => uploads.retry(item)}
        />
      )}
      <IconButton
        icon="close"
        size={16}
        tone="quiet"
        tip="none"
        label={words.cancel(file.name)}
        onClick={() => uploads.cancel(item)}
      />
    </li>
  );
}

function stateOf(item: Item): string {
  if (item.state === "waiting") return words.waiting;
  if (item.state === "uploading") return words.uploading(Math.round(item.progress * 100));
  if (item.state === "checking") return `${sizeOf(item.file.size)} · ${words.checking}`;
  if (item.state === "ready") return `${sizeOf(item.file.size)} · ${words.ready}`;
  return item.why ?? words.broken;
}
