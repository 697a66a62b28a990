/** Numbers as people read them. */

import type { Unit } from "./api.ts";

const STEPS = ["B", "kB", "MB", "GB", "TB", "PB"];

export function told(value: number, unit: Unit): string {
  if (unit === "bytes") return scaled(value, STEPS);
  if (unit === "minutes") return minutes(value);
  return value < 10_000 ? value.toLocaleString() : compact(value);
}

export const bitrate = (value: number): string => scaled(value, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"]);
export const percent = (value: number): string =>
  `${value.toLocaleString(undefined, { maximumFractionDigits: 1 })} %`;

function minutes(value: number): string {
  if (value < 60) return `${Math.round(value)} min`;
  const hours = value / 60;
  return `${hours < 10_000 ? hours.toLocaleString(undefined, { maximumFractionDigits: hours < 10 ? 1 : 0 }) : compact(hours)} h`;
}

const compact = (value: number): string =>
  value.toLocaleString(undefined, { notation: "compact", maximumFractionDigits: 1 });

function scaled(value: number, steps: readonly string[]): string {
  let step = 0;
  let rest = value;
  while (rest >= 1000 && step < steps.length - 1) {
    rest /= 1000;
    step++;
  }
  const digits = rest < 10 && step > 0 ? 1 : 0;
  return `${rest.toLocaleString(undefined, { maximumFractionDigits: digits })} ${steps[step]}`;
}
