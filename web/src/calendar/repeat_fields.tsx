/** Choosing how a meeting repeats, with what that means said in words and dates. */

import "./plan.css";
import { useEffect, useState } from "preact/hooks";
import { asProblem } from "../delivery/problem.ts";
import { timeZones } from "../identity/places.ts";
import { text } from "../text.ts";
import { Field, Notice, Select } from "../ui/controls.tsx";
import { dateTime } from "../ui/dates.ts";
import { whyNot } from "../ui/parts.tsx";
import { previewOf } from "./api.ts";
import type { Preview } from "./model.ts";
import {
  dateOf,
  firstStart,
  nthOf,
  type Preset,
  type Repeat,
  ruleOf,
  type Unit,
  WEEKDAYS,
  type Weekday,
  weekdayOf,
} from "./repeat.ts";
import { type Clock, instantIn } from "./zones.ts";

const words = text.repeating;
const TYPING_MS = 300;
const SHOWN = 5;

interface RepeatFieldsProps {
  repeat: Repeat;
  start: Clock;
  minutes: number;
  zone: string;
  /** The rule that a meeting has, in words: it may stay. */
  kept?: string | undefined;
  /** Why the server did not take it. */
  error?: string | null | undefined;
  onChange(repeat: Repeat): void;
  onZone(zone: string): void;
}

export function RepeatFields(props: RepeatFieldsProps) {
  const { repeat, start, zone, kept, error, onChange, onZone } = props;
  const set = (change: Partial<Repeat>) => onChange({ ...repeat, ...change });
  return (
    <div class="stack repeat">
      <Select
        label={words.label}
        value={repeat.preset}
        options={presets(start, kept !== undefined)}
        // The start's own weekday is the first that is chosen.
        onChange={(preset) =>
          set({ preset: preset as Preset, days: repeat.days.length ? repeat.days : [weekdayOf(start)] })
        }
      />
      {repeat.preset === "custom" && <Custom repeat={repeat} start={start} set={set} />}
      {repeat.preset === "keep" && kept && <p class="hint">{words.kept(kept)}</p>}
      {ruleOf(repeat, start) ? (
        <>
          <End repeat={repeat} start={start} set={set} />
          <Select
            label={words.timezone}
            value={zone}
            options={timeZones(zone).map((name) => [name, name.replaceAll("_", " ")])}
            onChange={onZone}
          />
          <Meaning {...props} />
        </>
      ) : (
        error && <Notice tone="error">{error}</Notice>
      )}
    </div>
  );
}

function presets(start: Clock, keeping = false): [Preset, string][] {
  const date = dateOf(start);
  const before: [Preset, string] = keeping ? ["keep", words.keep] : ["none", words.none];
  if (Number.isNaN(date.getTime())) return [before];
  const said = (options: Intl.DateTimeFormatOptions) =>
    date.toLocaleDateString(undefined, { ...options, timeZone: "UTC" });
  const weekday = said({ weekday: "long" });
  return [
    before,
    ["daily", words.daily],
    ["weekdays", words.weekdays],
    ["weekly", words.weekly(weekday)],
    ["monthly", words.monthly(date.getUTCDate())],
    ["monthly_nth", words.monthly_nth(words.nth[nthOf(start)] ?? "", weekday)],
    ["yearly", words.yearly(said({ month: "long", day: "numeric" }))],
    ["custom", words.custom],
  ];
}

interface PartProps {
  repeat: Repeat;
  start: Clock;
  set(change: Partial<Repeat>): void;
}

function Custom({ repeat, start, set }: PartProps) {
  const byDay = presets(start).find(([preset]) => preset === "monthly")?.[1] ?? "";
  const byNth = presets(start).find(([preset]) => preset === "monthly_nth")?.[1] ?? "";
  return (
    <>
      <div class="pair">
        <Field
          label={words.every}
          type="number"
          min={1}
          max={366}
          required
          value={String(repeat.interval)}
          onInput={(e) => set({ interval: Math.max(1, Number(e.currentTarget.value) || 1) })}
        />
        <Select
          label={words.unit}
          value={repeat.unit}
          options={Object.entries(words.units)}
          onChange={(unit) => set({ unit: unit as Unit })}
        />
      </div>
      {repeat.unit === "WEEKLY" && <Days repeat={repeat} set={set} />}
      {repeat.unit === "MONTHLY" && (
        <Select
          label={words.monthlyBy}
          value={repeat.monthly}
          options={[
            ["day", byDay],
            ["nth", byNth],
          ]}
          onChange={(monthly) => set({ monthly: monthly as Repeat["monthly"] })}
        />
      )}
    </>
  );
}

function Days({ repeat, set }: Omit<PartProps, "start">) {
  const toggle = (day: Weekday) =>
    set({
      days: repeat.days.includes(day) ? repeat.days.filter((each) => each !== day) : [...repeat.days, day],
    });
  return (
    <fieldset class="repeat-days">
      <legend>{words.days}</legend>
      {WEEKDAYS.map((day, n) => (
        <label key={day} class="repeat-day">
          <input type="checkbox" checked={repeat.days.includes(day)} onChange={() => toggle(day)} />
          <span>{weekdayName(n)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** 0 is Monday. 5 January 2026 was one. */
export function weekdayName(n: number, width: "short" | "long" = "short"): string {
  const day = new Date(Date.UTC(2026, 0, 5 + n));
  return day.toLocaleDateString(undefined, { weekday: width, timeZone: "UTC" });
}

function End({ repeat, start, set }: PartProps) {
  return (
    <div class="pair">
      <Select
        label={words.ends}
        value={repeat.end}
        options={[
          ["never", words.never],
          ["date", words.onDate],
          ["count", words.afterCount],
        ]}
        onChange={(end) => set({ end: end as Repeat["end"] })}
      />
      {repeat.end === "date" && (
        <Field
          label={words.until}
          type="date"
          required
          min={start.slice(0, 10)}
          max="2200-12-31"
          value={repeat.until}
          onInput={(e) => set({ until: e.currentTarget.value })}
        />
      )}
      {repeat.end === "count" && (
        <Field
          label={words.count}
          type="number"
          required
          min={1}
          max={1000}
          value={String(repeat.count)}
          onInput={(e) => set({ count: Math.max(1, Number(e.currentTarget.value) || 1) })}
        />
      )}
    </div>
  );
}

/** What the server makes of the rule: it alone decides. */
function Meaning({ repeat, start, minutes, zone, error }: RepeatFieldsProps) {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const first = firstStart(repeat, start);
  const rule = ruleOf(repeat, first);
  const from = instantIn(zone, first)?.getTime();
  const waits = repeat.end === "date" && !repeat.until;
  useEffect(() => {
    if (!rule || from === undefined || waits) return;
    let current = true;
    const timer = setTimeout(async () => {
      try {
        const found = await previewOf(rule, zone, new Date(from), new Date(from + minutes * 60_000));
        if (current) [setPreview(found), setProblem(null)];
      } catch (error) {
        if (current) [setPreview(null), setProblem(whyNot(asProblem(error)))];
      }
    }, TYPING_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [rule, from, minutes, zone, waits]);
  if (waits) return null;
  const wrong = problem ?? error;
  if (wrong) return <Notice tone="error">{wrong}</Notice>;
  return (
    <div class="repeat-meaning" role="status" aria-live="polite">
      {preview ? (
        <>
          <p>{preview.summary}</p>
          {first !== start && <p class="hint">{words.moved(dateTime(preview.items[0]?.start))}</p>}
          <p class="hint" id="repeat-next">
            {words.next}
          </p>
          <ul aria-labelledby="repeat-next">
            {preview.items.slice(0, SHOWN).map((each) => (
              <li key={each.start}>{dateTime(each.start)}</li>
            ))}
          </ul>
        </>
      ) : (
        <p class="hint">{words.checking}</p>
      )}
    </div>
  );
}
