/** A meeting as it is planned on a form: what it is called, when it is, and how it comes again. */

import { here } from "../identity/places.ts";
import { firstStart, type Repeat, ruleOf } from "./repeat.ts";
import { type Clock, instantIn } from "./zones.ts";

export interface Plan {
  title: string;
  start: Clock;
  minutes: number;
  repeat: Repeat;
  /** By whose clock a meeting that comes again is; one that comes once is by the clock here. */
  zone: string;
}

export interface Planned {
  title: string;
  start: Date;
  end: Date;
  rule: string | null;
}

/** Null while the start is no time. */
export function plannedOf(plan: Plan): Planned | null {
  const first = firstStart(plan.repeat, plan.start);
  const start = instantIn(clockOf(plan), first);
  if (!start) return null;
  const end = new Date(start.getTime() + plan.minutes * 60_000);
  return { title: plan.title.trim(), start, end, rule: ruleOf(plan.repeat, first) };
}

export const clockOf = (plan: Plan): string => (plan.repeat.preset === "none" ? here().timezone : plan.zone);
