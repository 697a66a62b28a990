/** Plan a meeting for later, once or again and again. */

import { useState } from "preact/hooks";
import { firstStart, noRepeat, type Repeat, ruleOf } from "../calendar/repeat.ts";
import { RepeatFields } from "../calendar/repeat_fields.tsx";
import { instantIn } from "../calendar/zones.ts";
import { asProblem } from "../delivery/problem.ts";
import { here } from "../identity/places.ts";
import { text } from "../text.ts";
import { copy } from "../ui/clipboard.ts";
import { Button, Field, Notice, Select, Toggle } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { createMeeting, type NewMeeting } from "./api.ts";
import { inviteLink, nextHalfHour } from "./words.ts";

const words = text.schedule;
const DURATIONS = [15, 30, 60, 120];
const REMINDERS = [0, 5, 10, 30, 60, 1440];

interface ScheduleDialogProps {
  /** "2026-11-23", where a day was chosen already. */
  day?: string | null;
  onClose(): void;
  onDone(): void;
}

export function ScheduleDialog({ day = null, onClose, onDone }: ScheduleDialogProps) {
  const [title, setTitle] = useState("");
  const [start, setStart] = useState(() => firstChoice(day));
  const [minutes, setMinutes] = useState(30);
  const [repeat, setRepeat] = useState<Repeat>(noRepeat);
  const [zone, setZone] = useState(here().timezone);
  const [more, setMore] = useState<Settings>(usual);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const first = firstStart(repeat, start);
    const rule = ruleOf(repeat, first);
    const from = instantIn(rule ? zone : here().timezone, first);
    if (!from || from.getTime() <= Date.now()) return setProblem(words.past);
    setBusy(true);
    try {
      const meeting = await createMeeting({
        type: rule ? "recurring" : "scheduled",
        title: title.trim(),
        scheduled_start_time: from.toISOString(),
        scheduled_end_time: new Date(from.getTime() + minutes * 60_000).toISOString(),
        ...(rule ? { recurrence: { rule, timezone: zone } } : {}),
        settings: settingsOf(more),
      });
      const action = { label: text.meeting.invite, run: () => void copy(inviteLink(meeting)) };
      toast(words.done, { action });
      onDone();
    } catch (error) {
      setProblem(whyNot(asProblem(error)));
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
        <RepeatFields
          repeat={repeat}
          start={start}
          minutes={minutes}
          zone={zone}
          onChange={setRepeat}
          onZone={setZone}
        />
        <SettingsFields settings={more} onChange={(change) => setMore({ ...more, ...change })} />
      </form>
    </Dialog>
  );
}

interface Settings {
  password: string;
  waitingRoom: boolean;
  guests: boolean;
  muteOnEntry: boolean;
  reminder: number;
}

const usual: Settings = { password: "", waitingRoom: false, guests: true, muteOnEntry: false, reminder: 10 };

function settingsOf(settings: Settings): NewMeeting["settings"] {
  return {
    waiting_room: settings.waitingRoom,
    allow_guests: settings.guests,
    mute_on_entry: settings.muteOnEntry,
    reminder_minutes: settings.reminder,
    ...(settings.password ? { password: settings.password } : {}),
  };
}

interface SettingsFieldsProps {
  settings: Settings;
  onChange(change: Partial<Settings>): void;
}

function SettingsFields({ settings, onChange }: SettingsFieldsProps) {
  return (
    <>
      <Select
        label={words.reminder}
        value={String(settings.reminder)}
        options={REMINDERS.map((n) => [String(n), words.reminderBefore(n)])}
        onChange={(chosen) => onChange({ reminder: Number(chosen) })}
      />
      <Field
        label={words.password}
        type="password"
        autoComplete="new-password"
        hint={words.passwordHint}
        value={settings.password}
        onInput={(e) => onChange({ password: e.currentTarget.value })}
      />
      <Toggle
        label={words.waitingRoom}
        hint={words.waitingRoomHint}
        checked={settings.waitingRoom}
        onChange={(waitingRoom) => onChange({ waitingRoom })}
      />
      <Toggle label={words.guests} checked={settings.guests} onChange={(guests) => onChange({ guests })} />
      <Toggle
        label={words.muteOnEntry}
        checked={settings.muteOnEntry}
        onChange={(muteOnEntry) => onChange({ muteOnEntry })}
      />
    </>
  );
}

/** The next half hour; on another day than today, nine o'clock. */
function firstChoice(day: string | null): string {
  const soon = nextHalfHour(new Date());
  return day === null || day <= soon.slice(0, 10) ? soon : `${day}T09:00`;
}
