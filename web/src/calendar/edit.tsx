/** Change a meeting of the calendar: one that comes once, one of a series, or it and all that follow. */

import { useState } from "preact/hooks";
import { here } from "../identity/places.ts";
import type { Recurrence } from "../meetings/model.ts";
import { text } from "../text.ts";
import { Spinner } from "../ui/controls.tsx";
import { dateTime } from "../ui/dates.ts";
import { Dialog } from "../ui/dialog.tsx";
import { useLoaded } from "../ui/loading.ts";
import { Failed } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { changeEvent, type OccurrenceChange, recurrenceAt, type Scope } from "./api.ts";
import type { CalendarEvent } from "./model.ts";
import { clockOf, type Plan, type Planned, plannedOf } from "./plan.ts";
import { PlanDialog } from "./plan_dialog.tsx";
import { firstStart, noRepeat, type Repeat, repeatOf } from "./repeat.ts";
import { ScopeChoice } from "./scope.tsx";
import { clockIn } from "./zones.ts";

const words = text.calendar;

interface EditProps {
  event: CalendarEvent;
  onClose(): void;
  onChanged(): void;
}

export function EditDialog(props: EditProps) {
  return props.event.original_start ? <OfSeries {...props} /> : <Edit {...props} rule={once} />;
}

/** How a meeting comes again: to be kept, or to choose another from. */
interface RuleNow {
  repeat: Repeat;
  zone: string;
  summary: string;
}

const once: RuleNow = { repeat: noRepeat, zone: here().timezone, summary: "" };

function OfSeries(props: EditProps) {
  const { event, onClose } = props;
  const { meeting_id, original_start } = event;
  const { value, problem, again } = useLoaded(() => recurrenceAt(event), [meeting_id, original_start]);
  if (value) return <Edit {...props} rule={ruleNow(value)} />;
  return (
    <Dialog title={words.editTitle} onClose={onClose}>
      {problem ? <Failed problem={problem} onRetry={again} /> : <Spinner label={text.common.loading} />}
    </Dialog>
  );
}

function ruleNow({ rule, timezone, summary, ends_at }: Recurrence): RuleNow {
  const lastDay = ends_at && clockIn(timezone, new Date(ends_at)).slice(0, 10);
  return { repeat: repeatOf(rule, lastDay), zone: timezone, summary };
}

function Edit({ event, rule, onClose, onChanged }: EditProps & { rule: RuleNow }) {
  const [first] = useState(() => planOf(event, rule));
  const [scope, setScope] = useState<Scope>("one");
  const save = async (planned: Planned, plan: Plan) => {
    const change = changeOf(event, first, planned, plan);
    if (Object.keys(change).length === 0) return onClose();
    await changeEvent(event, change, scope);
    toast(words.changed);
    onChanged();
  };
  const inSeries = event.original_start !== null;
  return (
    <PlanDialog
      title={words.editTitle}
      action={words.save}
      first={first}
      repeats={scope === "following"}
      kept={rule.summary}
      save={save}
      onClose={onClose}
      before={inSeries && <ScopeChoice scope={scope} onChange={setScope} />}
      note={(plan) => inSeries && <WhatChanges event={event} scope={scope} plan={plan} />}
    />
  );
}

function planOf(event: CalendarEvent, { repeat, zone }: RuleNow): Plan {
  const minutes = (Date.parse(event.end) - Date.parse(event.start)) / 60_000;
  return { title: event.title, start: clockIn(zone, new Date(event.start)), minutes, repeat, zone };
}

function changeOf(event: CalendarEvent, first: Plan, planned: Planned, plan: Plan): OccurrenceChange {
  const { title, start, end, rule } = planned;
  // By the clock: an instant in the hour that comes twice would seem to have moved.
  const before = clockIn(clockOf(plan), new Date(event.start));
  const stays = firstStart(plan.repeat, plan.start) === before && plan.minutes === first.minutes;
  return {
    ...(stays ? {} : { start: start.toISOString(), end: end.toISOString() }),
    ...(title === event.title ? {} : { title }),
    ...(rule ? { rule, timezone: plan.zone } : {}),
  };
}

function WhatChanges({ event, scope, plan }: { event: CalendarEvent; scope: Scope; plan: Plan }) {
  const when = dateTime(event.start);
  const planned = plannedOf(plan);
  const said =
    scope === "one"
      ? words.changesOne(when)
      : planned?.rule
        ? words.changesRule(when, dateTime(planned.start.toISOString()))
        : words.changesFollowing(when);
  return (
    <div class="repeat-meaning" role="status">
      <p>{said}</p>
      {scope === "following" && <p class="hint">{words.changesBeside}</p>}
    </div>
  );
}
