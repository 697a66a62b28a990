/** Connects the keyboard with the meeting. */

import { useLayoutEffect } from "preact/hooks";
import type { MeetingSession } from "./session.ts";
import { type Command, commandFor, pressOf, shortcutsOn } from "./shortcuts.ts";
import type { View } from "./view.ts";

export function useKeys(session: MeetingSession, view: View): void {
  // From the moment in which the room is seen.
  useLayoutEffect(() => {
    const down = (event: KeyboardEvent) => {
      const command = commandFor(pressOf(event), shortcutsOn.value);
      if (!command) return;
      if (command === "talk") event.preventDefault();
      if (event.repeat) return;
      if (command !== "close") event.preventDefault();
      run(command, session, view);
    };
    const up = (event: KeyboardEvent) => {
      if (event.key === " ") stopTalking(session, view);
    };
    const blur = () => stopTalking(session, view);
    addEventListener("keydown", down);
    addEventListener("keyup", up);
    addEventListener("blur", blur);
    return () => {
      removeEventListener("keydown", down);
      removeEventListener("keyup", up);
      removeEventListener("blur", blur);
    };
  }, [session, view]);
}

function run(command: Command, session: MeetingSession, view: View): void {
  const { local } = session;
  const publishes = session.roster.mayPublish.value;
  const micOn = local.micOn.value && local.micTrack.value !== null;
  switch (command) {
    case "mic":
      if (publishes) void session.own.setMicrophone(!micOn);
      return;
    case "camera":
      if (publishes) void session.own.setCamera(!(local.cameraOn.value && local.cameraTrack.value));
      return;
    case "share":
      if (publishes) void session.own.setScreen(local.screenTrack.value === null);
      return;
    case "hand":
      void session.own.update({ hand_raised: !session.roster.self.value?.hand_raised });
      return;
    case "react":
      view.reactionsOpen.value = !view.reactionsOpen.value;
      return;
    case "chat":
    case "people":
      return view.togglePanel(command);
    case "layout":
      return view.toggleLayout();
    case "help":
      view.modal.value = "help";
      return;
    case "talk":
      if (publishes && !micOn && local.micTrack.value) {
        view.talking.value = true;
        void session.own.setMicrophone(true);
      }
      return;
    case "close":
      if (view.reactionsOpen.value) view.reactionsOpen.value = false;
      else view.panel.value = null;
  }
}

function stopTalking(session: MeetingSession, view: View): void {
  if (!view.talking.value) return;
  view.talking.value = false;
  void session.own.setMicrophone(false);
}
