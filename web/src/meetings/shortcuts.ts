/** Single keys for what one does most. They can be switched off (WCAG 2.1.4) and never act while typing. */

import { signal } from "@preact/signals";
import { text } from "../text.ts";
import { remembered } from "../ui/memory.ts";

export const shortcutsOn = signal(remembered("shortcuts", true));

export type Command =
  | "mic"
  | "camera"
  | "share"
  | "hand"
  | "react"
  | "chat"
  | "people"
  | "layout"
  | "help"
  | "talk"
  | "close";

export const KEYS: Record<string, Command> = {
  m: "mic",
  v: "camera",
  s: "share",
  h: "hand",
  r: "react",
  c: "chat",
  p: "people",
  l: "layout",
  "?": "help",
  " ": "talk",
  escape: "close",
};

export const keyOf = (command: Command): string | undefined =>
  shortcutsOn.value ? Object.keys(KEYS).find((key) => KEYS[key] === command) : undefined;

export const LABELS: [Command, string][] = [
  ["mic", `${text.meeting.mute} / ${text.meeting.unmute.toLowerCase()}`],
  ["talk", text.shortcuts.space],
  ["camera", `${text.meeting.cameraOn} / off`],
  ["share", text.meeting.share],
  ["hand", text.meeting.raise],
  ["react", text.meeting.react],
  ["chat", text.meeting.chat],
  ["people", text.meeting.people],
  ["layout", `${text.meeting.gridView} / ${text.meeting.speakerView.toLowerCase()}`],
  ["help", text.meeting.help],
  ["close", text.shortcuts.escape],
];

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** What has the focus: tag name in lower case, and whether it takes text or a press of Space. */
  typing: boolean;
  pressable: boolean;
  modal: boolean;
}

export function commandFor(press: KeyPress, on: boolean): Command | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.modal) return null;
  const command = KEYS[press.key.toLowerCase()] ?? null;
  if (command === "close") return command;
  if (!on || press.typing || (command === "talk" && press.pressable)) return null;
  return command;
}

export function pressOf(event: KeyboardEvent): KeyPress {
  const target = event.target instanceof Element ? event.target : null;
  return {
    key: event.key,
    ctrlKey: event.ctrlKey,
    metaKey: event.metaKey,
    altKey: event.altKey,
    typing: target?.closest("input:not([type=checkbox]), textarea, select, [contenteditable=true]") != null,
    pressable: target?.closest("button, a, input, [role=menuitem], summary") != null,
    modal: document.querySelector("dialog[open]") !== null,
  };
}
