/** Plan a meeting for later. */

import { useState } from "preact/hooks";
import { Problem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { copy } from "../ui/clipboard.ts";
import { Button, Field, Notice, Select, Toggle } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { toast } from "../ui/toasts.ts";
import { createMeeting } from "./api.ts";
import { inviteLink, nextHalfHour } from "./words.ts";

const words = text.schedule;
const DURATIONS = [15, 30, 60, 120];

export function ScheduleDialog({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const [title, setTitle] = useState("");
  const [start, setStart] = useState(() => nextHalfHour(new Date()));
  const [minutes, setMinutes] = useState(30);
  const [password, setPassword] = useState("");
  const [waitingRoom, setWaitingRoom] = useState(false);
  const [guests, setGuests] = useState(true);
  const [muteOnEntry, setMuteOnEntry] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const from = new Date(start);
    if (!(from.getTime() > Date.now())) return setProblem(words.past);
    setBusy(true);
    try {
      const meeting = await createMeeting({
        type: "scheduled",
        title: title.trim(),
        scheduled_start_time: from.toISOString(),
        scheduled_end_time: new Date(from.getTime() + minutes * 60_000).toISOString(),
        settings: {
          waiting_room: waitingRoom,
          allow_guests: guests,
          mute_on_entry: muteOnEntry,
          ...(password ? { password } : {}),
        },
      });
      const action = { label: text.meeting.invite, run: () => void copy(inviteLink(meeting)) };
      toast(words.done, { action });
      onDone();
    } catch (error) {
      setProblem(error instanceof Problem ? error.detail || error.message : text.errors.unexpected);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={text.home.scheduleTitle}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button tone="primary" type="submit" form="schedule" busy={busy}>
            {words.create}
          </Button>
        </>
      }
    >
      <form id="schedule" class="stack" onSubmit={submit}>
        {problem && <Notice tone="error">{problem}</Notice>}
        <Field
          label={words.name}
          placeholder={words.nameHint}
          required
          maxLength={200}
          value={title}
          onInput={(e) => setTitle(e.currentTarget.value)}
        />
        <div class="pair">
          <Field
            label={words.start}
            type="datetime-local"
            required
            value={start}
            onInput={(e) => setStart(e.currentTarget.value)}
          />
          <Select
            label={words.minutes}
            value={String(minutes)}
            options={DURATIONS.map((d) => [String(d), words.duration(d)])}
            onChange={(chosen) => setMinutes(Number(chosen))}
          />
        </div>
        <Field
          label={words.password}
          type="password"
          autoComplete="new-password"
          hint={words.passwordHint}
          value={password}
          onInput={(e) => setPassword(e.currentTarget.value)}
        />
        <Toggle
          label={words.waitingRoom}
          hint={words.waitingRoomHint}
          checked={waitingRoom}
          onChange={setWaitingRoom}
        />
        <Toggle label={words.guests} checked={guests} onChange={setGuests} />
        <Toggle label={words.muteOnEntry} checked={muteOnEntry} onChange={setMuteOnEntry} />
      </form>
    </Dialog>
  );
}
