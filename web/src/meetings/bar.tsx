/** The controls at the bottom. */

import { text } from "../text.ts";
import { IconButton } from "../ui/controls.tsx";
import { alongToolbar } from "../ui/focus.ts";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import type { MeetingSession } from "./session.ts";
import { keyOf } from "./shortcuts.ts";
import type { View } from "./view.ts";

const words = text.meeting;
export const EMOJIS = ["👍", "❤️", "😂", "😮", "👏", "🎉"];

interface BarProps {
  session: MeetingSession;
  view: View;
  onInvite(): void;
  onLeave(): void;
}

export function Bar({ session, view, onInvite, onLeave }: BarProps) {
  const { local } = session;
  const self = session.roster.self.value;
  const publishes = session.roster.mayPublish.value;
  const micOn = local.micOn.value && local.micTrack.value !== null;
  const cameraOn = local.cameraOn.value && local.cameraTrack.value !== null;
  return (
    <footer class="room-foot">
      <div class="bar" role="toolbar" aria-label={words.controls} onKeyDown={alongToolbar}>
        {publishes && (
          <>
            <IconButton
              icon={micOn ? "mic" : "mic_off"}
              tone={micOn ? "plain" : "off"}
              label={micOn ? words.mute : words.unmute}
              shortcut={keyOf("mic")}
              onClick={() => void session.own.setMicrophone(!micOn)}
            />
            <IconButton
              icon={cameraOn ? "camera" : "camera_off"}
              tone={cameraOn ? "plain" : "off"}
              label={cameraOn ? words.cameraOff : words.cameraOn}
              shortcut={keyOf("camera")}
              onClick={() => void session.own.setCamera(!cameraOn)}
            />
            <ShareButton session={session} />
          </>
        )}
        {!publishes && <span class="bar-note">{words.viewer}</span>}
        <IconButton
          icon="hand"
          tone={self?.hand_raised ? "on" : "plain"}
          aria-pressed={Boolean(self?.hand_raised)}
          label={self?.hand_raised ? words.lower : words.raise}
          shortcut={keyOf("hand")}
          onClick={() => void session.own.update({ hand_raised: !self?.hand_raised })}
        />
        <Reactions session={session} view={view} />
        <PanelButtons session={session} view={view} />
        <More session={session} view={view} onInvite={onInvite} />
        <IconButton class="leave" icon="leave" tone="danger" label={words.leave} onClick={onLeave} />
      </div>
    </footer>
  );
}

function canShare(session: MeetingSession): boolean {
  const allowed =
    session.meeting.value?.settings.allow_screen_share !== false || session.roster.moderator.value;
  return allowed && "getDisplayMedia" in (navigator.mediaDevices ?? {});
}

function ShareButton({ session }: { session: MeetingSession }) {
  if (!canShare(session)) return null;
  const on = session.local.screenTrack.value !== null;
  return (
    <IconButton
      class="wide-bar"
      icon={on ? "screen_stop" : "screen_start"}
      tone={on ? "on" : "plain"}
      aria-pressed={on}
      label={on ? words.stopShare : words.share}
      shortcut={keyOf("share")}
      onClick={() => void session.own.setScreen(!on)}
    />
  );
}

function Reactions({ session, view }: { session: MeetingSession; view: View }) {
  if (session.meeting.value?.settings.allow_reactions === false) return null;
  const open = view.reactionsOpen.value;
  const send = (emoji: string) => {
    view.reactionsOpen.value = false;
    void session.request("reaction.send", { emoji }).catch(() => undefined);
  };
  return (
    <div class="reactions-anchor">
      <IconButton
        icon="smile"
        tone={open ? "on" : "plain"}
        label={words.react}
        shortcut={keyOf("react")}
        aria-expanded={open}
        onClick={() => {
          view.reactionsOpen.value = !open;
        }}
      />
      {open && (
        <div class="reactions-choice" role="group" aria-label={words.react}>
          {EMOJIS.map((emoji) => (
            <button
              key={emoji}
              type="button"
              aria-label={words.sendReaction(emoji)}
              onClick={() => send(emoji)}
            >
              {emoji}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function PanelButtons({ session, view }: { session: MeetingSession; view: View }) {
  const unread = session.chat.value?.state.value.unread ?? 0;
  const panel = view.panel.value;
  const waiting = session.roster.moderator.value ? (session.roster.room.value?.lobby.length ?? 0) : 0;
  return (
    <>
      {session.chat.value && (
        <IconButton
          icon="chat"
          tone={panel === "chat" ? "on" : "plain"}
          badge={unread}
          aria-pressed={panel === "chat"}
          data-opens="chat"
          label={unread > 0 ? words.chatUnread(unread) : words.chat}
          shortcut={keyOf("chat")}
          onClick={() => view.togglePanel("chat")}
        />
      )}
      <IconButton
        class="wide-bar"
        icon="people"
        tone={panel === "people" ? "on" : "plain"}
        badge={waiting}
        aria-pressed={panel === "people"}
        data-opens="people"
        label={words.people}
        shortcut={keyOf("people")}
        onClick={() => view.togglePanel("people")}
      />
      <IconButton
        class="wide-bar"
        icon={view.layout.value === "grid" ? "speaker_view" : "grid"}
        label={view.layout.value === "grid" ? words.speakerView : words.gridView}
        shortcut={keyOf("layout")}
        onClick={() => view.toggleLayout()}
      />
    </>
  );
}

/** What has no room of its own in the bar; on a phone more things do not. */
function More({ session, view, onInvite }: Omit<BarProps, "onLeave">) {
  const sharing = session.local.screenTrack.value !== null;
  const phone = matchMedia("(max-width: 700px)").matches;
  const narrow: MenuItem[] = [
    { label: words.people, icon: "people", run: () => view.togglePanel("people") },
    {
      label: view.layout.value === "grid" ? words.speakerView : words.gridView,
      icon: view.layout.value === "grid" ? "speaker_view" : "grid",
      run: () => view.toggleLayout(),
    },
    ...(session.roster.mayPublish.value && canShare(session)
      ? [
          {
            label: sharing ? words.stopShare : words.share,
            icon: "screen" as const,
            run: () => void session.own.setScreen(!sharing),
          },
        ]
      : []),
  ];
  const items: MenuItem[] = [
    ...(phone ? narrow : []),
    { label: words.invite, icon: "link", run: onInvite },
    {
      label: words.settings,
      icon: "settings",
      run: () => {
        view.modal.value = "devices";
      },
    },
    {
      label: words.help,
      icon: "help",
      run: () => {
        view.modal.value = "help";
      },
    },
  ];
  return <Menu label={words.more} items={items} />;
}
