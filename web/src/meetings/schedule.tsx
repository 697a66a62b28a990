/** Plan a meeting for later, once or again and again. */

import { useState } from "preact/hooks";
import type { Day } from "../calendar/model.ts";
import type { Plan, Planned } from "../calendar/plan.ts";
import { PlanDialog } from "../calendar/plan_dialog.tsx";
import { noRepeat } from "../calendar/repeat.ts";
import type { Clock } from "../calendar/zones.ts";
import { here } from "../identity/places.ts";
import { text } from "../text.ts";
import { copy } from "../ui/clipboard.ts";
import { Field, Select, Toggle } from "../ui/controls.tsx";
import { toast } from "../ui/toasts.ts";
import { createMeeting, type NewMeeting } from "./api.ts";
import { inviteLink, nextHalfHour } from "./words.ts";

const words = text.schedule;
const REMINDERS = [0, 5, 10, 30, 60, 1440];

interface ScheduleDialogProps {
  /** Where a day or a time was chosen already. */
  at?: Day | Clock | null;
  onClose(): void;
  onDone(): void;
}

export function ScheduleDialog({ at = null, onClose, onDone }: ScheduleDialogProps) {
  const [first] = useState<Plan>(() => ({
    title: "",
    start: firstChoice(at),
    minutes: 30,
    repeat: noRepeat,
    zone: here().timezone,
  }));
  const [more, setMore] = useState<Settings>(usual);
  const save = async ({ title, start, end, rule }: Planned, { zone }: Plan) => {
    const meeting = await createMeeting({
      type: rule ? "recurring" : "scheduled",
      title,
      scheduled_start_time: start.toISOString(),
      scheduled_end_time: end.toISOString(),
      ...(rule ? { recurrence: { rule, timezone: zone } } : {}),
      settings: settingsOf(more),
    });
    const action = { label: text.meeting.invite, run: () => void copy(inviteLink(meeting)) };
    toast(words.done, { action });
    onDone();
  };
  return (
    <PlanDialog
      title={text.home.scheduleTitle}
      action={words.create}
      first={first}
      repeats
      save={save}
      onClose={onClose}
    >
      <SettingsFields settings={more} onChange={(change) => setMore({ ...more, ...change })} />
    </PlanDialog>
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

/** The next half hour for what is past; on a later day nine o'clock. */
function firstChoice(at: Day | Clock | null): Clock {
  const soon = nextHalfHour(new Date());
  if (at === null || at <= soon.slice(0, at.length)) return soon;
  return at.includes("T") ? at : `${at}T09:00`;
}
