/** The form on which a meeting is planned and changed. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { here } from "../identity/places.ts";
import { text } from "../text.ts";
import { Button, Field, Notice, Select } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { whyNot } from "../ui/parts.tsx";
import { clockOf, type Plan, type Planned, plannedOf } from "./plan.ts";
import { RepeatFields } from "./repeat_fields.tsx";

const words = text.schedule;
const DURATIONS = [15, 30, 60, 120];

interface PlanDialogProps {
  title: string;
  /** What its button says. */
  action: string;
  first: Plan;
  /** How it comes again may be chosen. */
  repeats: boolean;
  /** The rule that the meeting has, in words, where there is one. */
  kept?: string | undefined;
  save(planned: Planned, plan: Plan): Promise<void>;
  onClose(): void;
  before?: ComponentChildren;
  /** What saving will do. */
  note?(plan: Plan): ComponentChildren;
  children?: ComponentChildren;
}

export function PlanDialog({
  title,
  action,
  first,
  repeats,
  kept,
  save,
  onClose,
  ...parts
}: PlanDialogProps) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [chosen, setChosen] = useState(first);
  const plan = repeats ? chosen : { ...chosen, repeat: first.repeat, zone: first.zone };
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Wrong>({});
  const set = (change: Partial<Plan>) => {
    setChosen((before) => ({ ...before, ...change }));
    setWrong({});
  };
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [wrong]);
  const submit = async (event: Event) => {
    event.preventDefault();
    const planned = plannedOf(plan);
    if (!planned || planned.start.getTime() <= Date.now()) return setWrong({ start: words.past });
    setBusy(true);
    setWrong({});
    try {
      await save(planned, plan);
    } catch (error) {
      setWrong(placed(asProblem(error)));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button tone="primary" type="submit" form={id} busy={busy}>
            {action}
          </Button>
        </>
      }
    >
      <form id={id} ref={form} class="stack" onSubmit={submit}>
        {wrong.form && <Notice tone="error">{wrong.form}</Notice>}
        {parts.before}
        <WhatAndWhen plan={plan} first={first} wrong={wrong} set={set} />
        {repeats && (
          <RepeatFields
            repeat={plan.repeat}
            start={plan.start}
            minutes={plan.minutes}
            zone={plan.zone}
            kept={kept}
            error={wrong.repeat}
            // Who keeps the rule keeps its clock, whatever was tried before.
            onChange={(repeat) => set(repeat.preset === "keep" ? { repeat, zone: first.zone } : { repeat })}
            onZone={(zone) => set({ zone })}
          />
        )}
        {parts.note?.(plan)}
        {parts.children}
      </form>
    </Dialog>
  );
}

interface WhatAndWhenProps {
  plan: Plan;
  first: Plan;
  wrong: Wrong;
  set(change: Partial<Plan>): void;
}

function WhatAndWhen({ plan, first, wrong, set }: WhatAndWhenProps) {
  const zone = clockOf(plan);
  const durations = [...new Set([...DURATIONS, first.minutes])].sort((a, b) => a - b);
  return (
    <>
      <Field
        label={words.name}
        placeholder={words.nameHint}
        required
        maxLength={200}
        value={plan.title}
        error={wrong.title}
        onInput={(e) => set({ title: e.currentTarget.value })}
      />
      <div class="pair">
        <Field
          label={words.start}
          type="datetime-local"
          required
          value={plan.start}
          hint={zone === here().timezone ? undefined : words.clockOf(zone.replaceAll("_", " "))}
          error={wrong.start}
          onInput={(e) => set({ start: e.currentTarget.value })}
        />
        <Select
          label={words.minutes}
          value={String(plan.minutes)}
          options={durations.map((each) => [String(each), words.duration(each)])}
          onChange={(chosen) => set({ minutes: Number(chosen) })}
        />
      </div>
    </>
  );
}

/** What is wrong with which part of the form. */
interface Wrong {
  form?: string;
  title?: string | null;
  start?: string | null;
  repeat?: string | null;
}

function placed(problem: Problem): Wrong {
  const about = (...fields: string[]) => fields.map((field) => problem.about(field)).find(Boolean) ?? null;
  const wrong: Wrong = {
    title: about("title"),
    start: about("start", "end", "scheduled_start_time", "scheduled_end_time"),
    repeat: about("rule", "timezone", "recurrence"),
  };
  return wrong.title || wrong.start || wrong.repeat ? wrong : { form: whyNot(problem) };
}
