/** The bell beside the account: how much is unread, and the latest of it. */

import { useRef, useState } from "preact/hooks";
import { route } from "../router.ts";
import { text } from "../text.ts";
import { badges } from "../ui/badges.ts";
import { IconButton } from "../ui/controls.tsx";
import { BellPopover } from "./lazy.tsx";

const words = text.notifications;

export function Bell() {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLSpanElement>(null);
  const unread = badges.notifications.value;
  const button = root.current?.querySelector("button");
  return (
    <span ref={root}>
      <IconButton
        icon="bell"
        tone="quiet"
        tip="down"
        label={words.bell(unread)}
        badge={unread}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-current={route.value.page === "notifications" ? "page" : undefined}
        onClick={() => setOpen(!open)}
      />
      {open && button && <BellPopover anchor={button} onClose={() => setOpen(false)} />}
    </span>
  );
}
