/** Leave, devices, shortcuts. */

import { useState } from "preact/hooks";
import { DevicePickers } from "../media/pickers.tsx";
import { text } from "../text.ts";
import { Button, Notice, Toggle } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { remember } from "../ui/memory.ts";
import { toast } from "../ui/toasts.ts";
import { Faults } from "./prejoin.tsx";
import type { MeetingSession } from "./session.ts";
import { KEYS, LABELS, shortcutsOn } from "./shortcuts.ts";

const words = text.meeting;

export function LeaveDialog({ session, onClose }: { session: MeetingSession; onClose(): void }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const end = async () => {
    setBusy(true);
    setFailed(false);
    await session.endForAll().catch(() => {
      setFailed(true);
      setBusy(false);
    });
  };
  return (
    <Dialog
      title={words.leaveTitle}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{words.stay}</Button>
          <Button onClick={() => session.leave()}>{words.leaveOnly}</Button>
          <Button tone="danger" busy={busy} onClick={() => void end()}>
            {words.endAll}
          </Button>
        </>
      }
    >
      <p>{words.leaveLead}</p>
      {failed && <Notice tone="error">{text.errors.unexpected}</Notice>}
    </Dialog>
  );
}

export function DevicesDialog({ session, onClose }: { session: MeetingSession; onClose(): void }) {
  const renew = () => {
    session.media.renew();
    toast(text.devices.renewed);
    onClose();
  };
  return (
    <Dialog
      title={text.devices.title}
      onClose={onClose}
      actions={<Button onClick={renew}>{text.devices.renew}</Button>}
    >
      <DevicePickers local={session.local} />
      <Faults session={session} />
    </Dialog>
  );
}

export function HelpDialog({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={text.shortcuts.title} onClose={onClose}>
      <dl class="shortcuts">
        {LABELS.map(([command, label]) => {
          const key = Object.keys(KEYS).find((k) => KEYS[k] === command) ?? "";
          return (
            <div key={command}>
              <dt>{label}</dt>
              <dd>
                <kbd>{text.shortcuts.key[key] ?? key.toUpperCase()}</kbd>
              </dd>
            </div>
          );
        })}
      </dl>
      <Toggle
        label={text.shortcuts.enable}
        hint={text.shortcuts.enableHint}
        checked={shortcutsOn.value}
        onChange={(on) => {
          shortcutsOn.value = on;
          remember("shortcuts", on);
        }}
      />
    </Dialog>
  );
}
