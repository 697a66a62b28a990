/** Who is here and who waits, with what a host may do. */

import { useState } from "preact/hooks";
import { Problem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, Field, IconButton, Toggle } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import { toast } from "../ui/toasts.ts";
import { roomOf } from "./breakouts.ts";
import { isModerator, type Participant } from "./model.ts";
import type { MeetingSession } from "./session.ts";
import type { View } from "./view.ts";

const words = text.people;
type Asking = { what: "remove" | "rename" | "transfer"; participant: Participant };

/** Ask the server; what goes wrong is shown as a note. */
export async function command(
  session: MeetingSession,
  action: string,
  data: Record<string, unknown>,
): Promise<boolean> {
  try {
    await session.request(action, data);
    return true;
  } catch (error) {
    const problem = error instanceof Problem ? error : null;
    toast(problem?.detail || problem?.message || text.errors.unexpected, { tone: "error" });
    return false;
  }
}

export function People({ session, view }: { session: MeetingSession; view: View }) {
  const room = session.roster.room.value;
  const [asking, setAsking] = useState<Asking | null>(null);
  if (!room) return null;
  const moderator = session.roster.moderator.value;
  const people = rosterOrder([...room.participants.values()], room.hands, room.selfId);
  return (
    <div class="people">
      {moderator && <Lobby session={session} />}
      <section aria-labelledby="people-here">
        <h3 id="people-here">{words.here(people.length)}</h3>
        <ul class="roster">
          {people.map((p) => (
            <Person
              key={p.id}
              session={session}
              view={view}
              participant={p}
              onAsk={(what) => setAsking({ what, participant: p })}
            />
          ))}
        </ul>
      </section>
      {moderator && (
        <div class="people-foot">
          <Toggle
            label={words.lock}
            hint={words.lockHint}
            checked={Boolean(session.meeting.value?.locked)}
            onChange={(locked) => command(session, "meeting.lock", { locked })}
          />
          <Button
            icon="door"
            onClick={() => {
              view.modal.value = "breakouts";
            }}
          >
            {text.breakouts.manage}
          </Button>
        </div>
      )}
      {asking && <Ask session={session} asking={asking} onClose={() => setAsking(null)} />}
    </div>
  );
}

/** Raised hands first, in the order they went up; then oneself, hosts, and the others by name. */
export function rosterOrder(people: Participant[], hands: readonly string[], selfId: string): Participant[] {
  const rank = (p: Participant): number => {
    const hand = hands.indexOf(p.id);
    if (hand >= 0) return hand;
    return hands.length + (p.id === selfId ? 0 : isModerator(p.role) ? 1 : 2);
  };
  return people.sort((a, b) => rank(a) - rank(b) || a.display_name.localeCompare(b.display_name));
}

function Lobby({ session }: { session: MeetingSession }) {
  const lobby = session.roster.room.value?.lobby ?? [];
  if (lobby.length === 0) return null;
  return (
    <section class="lobby" aria-labelledby="people-waiting">
      <div class="lobby-head">
        <h3 id="people-waiting">{words.waiting(lobby.length)}</h3>
        {lobby.length > 1 && (
          <Button onClick={() => void command(session, "lobby.admit", { all: true })}>
            {words.admitAll}
          </Button>
        )}
      </div>
      <ul class="roster">
        {lobby.map((p) => (
          <li key={p.id} class="person" data-participant-id={p.id}>
            <Avatar name={p.display_name} id={p.id} url={p.avatar_url} size="small" />
            <span class="person-name">
              <span dir="auto">{p.display_name}</span>
            </span>
            <IconButton
              icon="close"
              tone="quiet"
              size={18}
              tip="none"
              label={words.deny(p.display_name)}
              onClick={() => void command(session, "lobby.deny", { participant_id: p.id })}
            />
            <IconButton
              icon="check"
              tone="on"
              size={18}
              tip="none"
              label={words.admit(p.display_name)}
              onClick={() => void command(session, "lobby.admit", { participant_id: p.id })}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface PersonProps {
  session: MeetingSession;
  view: View;
  participant: Participant;
  onAsk(what: Asking["what"]): void;
}

function Person({ session, view, participant, onAsk }: PersonProps) {
  const self = participant.id === session.roster.room.value?.selfId;
  const items = actionsFor(session, view, participant, self, onAsk);
  const role = words.roles[participant.role];
  const away = roomOf(session.breakouts.current.value, participant.breakout_id);
  return (
    <li
      class={participant.connection === "reconnecting" ? "person away" : "person"}
      data-participant-id={participant.id}
    >
      <Avatar name={participant.display_name} id={participant.id} url={participant.avatar_url} size="small" />
      <span class="person-name">
        <span dir="auto">
          {self ? text.meeting.youSuffix(participant.display_name) : participant.display_name}
        </span>
        {(role || away) && <small>{[role, away?.name].filter(Boolean).join(" · ")}</small>}
      </span>
      <span class="person-states">
        {participant.hand_raised && <State icon="hand" label={text.meeting.handUp} class="hand" />}
        {participant.screen_sharing && <State icon="screen" label={words.presenting} />}
        <State
          icon={participant.video_on ? "camera" : "camera_off"}
          label={participant.video_on ? words.cameraOn : words.cameraOff}
          class={participant.video_on ? "" : "faint"}
        />
        <State
          icon={participant.muted ? "mic_off" : "mic"}
          label={participant.muted ? text.meeting.muted : words.microphoneOn}
          class={participant.muted ? "faint" : ""}
        />
      </span>
      <Menu label={words.actions(participant.display_name)} items={items} />
    </li>
  );
}

function State({
  icon,
  label,
  class: name = "",
}: {
  icon: "hand" | "screen" | "camera" | "camera_off" | "mic" | "mic_off";
  label: string;
  class?: string;
}) {
  return (
    <span class={name} role="img" aria-label={label} title={label}>
      <Icon name={icon} size={16} />
    </span>
  );
}

function actionsFor(
  session: MeetingSession,
  view: View,
  p: Participant,
  self: boolean,
  onAsk: PersonProps["onAsk"],
): MenuItem[] {
  const pinned = view.pinned.value === p.id;
  const moderator = session.roster.moderator.value;
  const host = session.roster.self.value?.role === "host";
  const items: MenuItem[] = [
    {
      label: pinned ? words.unpin : words.pin,
      icon: pinned ? "unpin" : "pin",
      run: () => view.togglePin(p.id),
    },
  ];
  if (!self && session.chat.value) {
    items.push({
      label: words.privateMessage,
      icon: "chat",
      run: () => {
        if (session.chat.value) session.chat.value.recipient.value = p.id;
        view.panel.value = "chat";
      },
    });
  }
  if (self || moderator) items.push({ label: words.rename, icon: "rename", run: () => onAsk("rename") });
  if (self || !moderator || p.role === "host") return items;
  if (!p.muted)
    items.push({
      label: words.mute,
      icon: "mic_off",
      run: () => void command(session, "participant.mute", { participant_id: p.id }),
    });
  if (host) {
    const up = p.role !== "co-host";
    const role = up ? "co-host" : "participant";
    items.push({
      label: up ? words.promote : words.demote,
      icon: "promote",
      run: () => void command(session, "participant.promote", { participant_id: p.id, role }),
    });
    items.push({ label: words.transfer, icon: "host", run: () => onAsk("transfer") });
  }
  items.push({ label: words.remove, icon: "remove", danger: true, run: () => onAsk("remove") });
  return items;
}

function Ask({ session, asking, onClose }: { session: MeetingSession; asking: Asking; onClose(): void }) {
  const { what, participant } = asking;
  const [name, setName] = useState(participant.display_name);
  const [busy, setBusy] = useState(false);
  const titles = { remove: words.removeTitle, rename: words.renameTitle, transfer: words.transferTitle };
  const run = async () => {
    setBusy(true);
    const target = { participant_id: participant.id };
    const done =
      what === "rename"
        ? await command(session, "participant.rename", { ...target, display_name: name.trim() })
        : await command(session, what === "remove" ? "participant.remove" : "meeting.transfer", target);
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Dialog
      title={titles[what](participant.display_name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button tone={what === "remove" ? "danger" : "primary"} type="submit" form="ask" busy={busy}>
            {what === "remove" ? words.remove : what === "rename" ? words.save : words.transfer}
          </Button>
        </>
      }
    >
      <form
        id="ask"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        {what === "rename" ? (
          <Field
            label={words.newName}
            required
            maxLength={80}
            value={name}
            onInput={(e) => setName(e.currentTarget.value)}
          />
        ) : (
          <p>{what === "remove" ? words.removeLead : words.transferLead}</p>
        )}
      </form>
    </Dialog>
  );
}
