/**
 * Where meetings stand in the columns of a week: in minutes of a day by the clock of a zone, so that the hours are
 * the same on every day, also on one where the clock is changed.
 */

import { type Day, plusDays } from "./model.ts";
import { type Clock, clockIn, instantIn } from "./zones.ts";

export const DAY_MINUTES = 1440;
/** As which what is shorter is drawn, or nobody could read or hit it. */
export const LEAST_MINUTES = 25;
const SLOT_MINUTES = 30;

interface Timed {
  start: string;
  end: string;
}

/** What of a meeting is on one day. */
export interface Piece<E extends Timed> {
  event: E;
  day: Day;
  from: number;
  to: number;
}

/** A piece as it is drawn: from top to bottom, in one of so many columns side by side. */
export interface Placed<E extends Timed> extends Piece<E> {
  top: number;
  bottom: number;
  column: number;
  columns: number;
}

export const minutesOf = (clock: Clock): number =>
  Number(clock.slice(11, 13)) * 60 + Number(clock.slice(14, 16));

/** A meeting by days. One that ends at midnight has nothing of the next day. */
export function piecesOf<E extends Timed>(event: E, zone: string): Piece<E>[] {
  const start = clockIn(zone, new Date(event.start));
  const end = clockIn(zone, new Date(event.end));
  const first = start.slice(0, 10);
  if (end <= start) {
    // The clock was turned back meanwhile: what it shows at the end is no later than at the start.
    const minutes = (Date.parse(event.end) - Date.parse(event.start)) / 60_000;
    const from = minutesOf(start);
    return [{ event, day: first, from, to: Math.min(DAY_MINUTES, from + minutes) }];
  }
  const pieces: Piece<E>[] = [];
  for (let day = first; `${day}T00:00` < end; day = plusDays(day, 1)) {
    const from = day === first ? minutesOf(start) : 0;
    const to = end.startsWith(day) ? minutesOf(end) : DAY_MINUTES;
    pieces.push({ event, day, from, to });
  }
  return pieces;
}

/** Meetings by days, each where it is drawn. */
export function columnsOf<E extends Timed>(events: readonly E[], zone: string): Map<Day, Placed<E>[]> {
  const days = new Map<Day, Piece<E>[]>();
  for (const piece of events.flatMap((event) => piecesOf(event, zone)))
    days.set(piece.day, [...(days.get(piece.day) ?? []), piece]);
  return new Map([...days].map(([day, pieces]) => [day, placed(pieces)]));
}

/**
 * The pieces of one day, those at the same time side by side: each in the first column that is free, and all that
 * hang together as narrow as the most of them at once need it.
 */
export function placed<E extends Timed>(pieces: readonly Piece<E>[]): Placed<E>[] {
  const sorted = pieces.map(drawn).sort((a, b) => a.top - b.top || b.bottom - a.bottom);
  const done: Placed<E>[] = [];
  let together: Placed<E>[] = [];
  let ends: number[] = [];
  const close = () => {
    for (const each of together) each.columns = ends.length;
    done.push(...together);
    [together, ends] = [[], []];
  };
  for (const piece of sorted) {
    if (ends.every((end) => end <= piece.top)) close();
    const free = ends.findIndex((end) => end <= piece.top);
    const column = free < 0 ? ends.length : free;
    ends[column] = piece.bottom;
    together.push({ ...piece, column });
  }
  close();
  return done;
}

function drawn<E extends Timed>(piece: Piece<E>): Placed<E> {
  const top = Math.min(piece.from, DAY_MINUTES - LEAST_MINUTES);
  return { ...piece, top, bottom: Math.max(piece.to, top + LEAST_MINUTES), column: 0, columns: 1 };
}

/** The start of the slot that a point of a day's column lies in; a time that the clock jumps over is none. */
export function slotAt(day: Day, minutes: number, zone: string): Clock {
  const within = Math.min(Math.max(minutes, 0), DAY_MINUTES - 1);
  const slot = Math.floor(within / SLOT_MINUTES) * SLOT_MINUTES;
  const two = (n: number) => String(n).padStart(2, "0");
  const clock = `${day}T${two(Math.floor(slot / 60))}:${two(slot % 60)}`;
  return clockIn(zone, instantIn(zone, clock) as Date);
}
