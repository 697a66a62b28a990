/** On the account page: what reaches one by which way, when it is to be quiet, and pushes to this device. */

import "./notifications.css";
import { useEffect, useRef } from "preact/hooks";
import { asProblem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Spinner, Toggle } from "../ui/controls.tsx";
import { useLoaded } from "../ui/loading.ts";
import { Failed } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import * as api from "./api.ts";
import { type NotificationType, TYPES } from "./model.ts";
import { PushOnThisDevice } from "./push_settings.tsx";
import { useChanged } from "./saving.ts";

const words = text.notification_preferences;
const WAYS: api.Way[] = ["in_app", "email", "push"];
const USUAL_NIGHT: api.QuietHours = { start: "22:00", end: "07:00" };

export function NotificationsSection({ userId }: { userId: string }) {
  const { value, problem, again } = useLoaded(api.preferences, []);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (location.hash === "#notifications") section.current?.scrollIntoView();
  }, [value]);
  return (
    <section ref={section} class="card settings-card" id="notifications" aria-labelledby="notifications-head">
      <h2 id="notifications-head">{words.title}</h2>
      <p class="hint">{words.lead}</p>
      {problem && <Failed problem={problem} onRetry={again} />}
      {!value && !problem && <Spinner label={text.common.loading} />}
      {value && <Wishes loaded={value} />}
      <PushOnThisDevice userId={userId} />
    </section>
  );
}

function Wishes({ loaded }: { loaded: api.Preferences }) {
  const [wishes, change] = useChanged(loaded, api.savePreferences, (error) =>
    toast(`${words.notSaved} ${asProblem(error).message}`, { tone: "error" }),
  );
  const choose = (type: NotificationType, way: api.Way, on: boolean) =>
    change({
      ...wishes,
      channels: { ...wishes.channels, [type]: { ...wishes.channels[type], [way]: on } },
    });
  return (
    <>
      <Matrix wishes={wishes} choose={choose} />
      <Quiet wishes={wishes} change={(quiet_hours) => change({ ...wishes, quiet_hours })} />
    </>
  );
}

interface MatrixProps {
  wishes: api.Preferences;
  choose(type: NotificationType, way: api.Way, on: boolean): void;
}

function Matrix({ wishes, choose }: MatrixProps) {
  return (
    <table class="wishes">
      <thead>
        <tr>
          <th scope="col">{words.what}</th>
          {WAYS.map((way) => (
            <th key={way} scope="col">
              {words.ways[way]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {TYPES.map((type) => (
          <tr key={type}>
            <th scope="row">{words.types[type]}</th>
            {WAYS.map((way) => (
              <td key={way}>
                {wishes.possible[type].includes(way) ? (
                  <input
                    type="checkbox"
                    aria-label={words.cell(words.types[type], words.ways[way])}
                    checked={wishes.channels[type][way]}
                    onChange={(event) => choose(type, way, event.currentTarget.checked)}
                  />
                ) : (
                  <span title={words.impossible}>–</span>
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface QuietProps {
  wishes: api.Preferences;
  change(quiet: api.QuietHours | null): void;
}

function Quiet({ wishes, change }: QuietProps) {
  const quiet = wishes.quiet_hours;
  return (
    <div class="quiet-hours">
      <Toggle
        label={words.quiet}
        hint={words.quietHint}
        checked={quiet !== null}
        onChange={(on) => change(on ? USUAL_NIGHT : null)}
      />
      {quiet && (
        <>
          <div class="pair">
            <Clock label={words.from} value={quiet.start} onChange={(start) => change({ ...quiet, start })} />
            <Clock label={words.to} value={quiet.end} onChange={(end) => change({ ...quiet, end })} />
          </div>
          <p class="hint">{words.zone(wishes.timezone)}</p>
        </>
      )}
    </div>
  );
}

interface ClockProps {
  label: string;
  value: string;
  onChange(value: string): void;
}

function Clock({ label, value, onChange }: ClockProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="time"
        required
        value={value}
        onChange={(event) => event.currentTarget.value && onChange(event.currentTarget.value)}
      />
    </label>
  );
}
