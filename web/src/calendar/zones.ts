/** Clocks of time zones: what a clock there shows, and when it shows something. */

/** "2026-11-23T09:00", as an <input type="datetime-local"> has it. */
export type Clock = string;

export function clockIn(zone: string, instant: Date): Clock {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(instant);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year").padStart(4, "0")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}`;
}

/** When a clock in that zone shows this; of two such moments the first. Null for what is no time. */
export function instantIn(zone: string, clock: Clock): Date | null {
  const wanted = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(clock) ? Date.parse(`${clock}:00Z`) : Number.NaN;
  if (Number.isNaN(wanted)) return null;
  const shows = (at: number) => Date.parse(`${clockIn(zone, new Date(at))}:00Z`);
  // The offset before the moment and after it: they differ around a change of the clock.
  const day = 86_400_000;
  const offsets = [wanted - day, wanted + day].map((at) => shows(at) - Math.floor(at / 60_000) * 60_000);
  const fitting = offsets.map((offset) => wanted - offset).filter((at) => shows(at) === wanted);
  // A time that the clock jumps over counts by the offset before the jump.
  return new Date(fitting.length ? Math.min(...fitting) : wanted - (offsets[0] ?? 0));
}
