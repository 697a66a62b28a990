/** The part of a message around what was found in it. Ranges count characters of Unicode, as the server does. Pure. */

export type Range = [start: number, end: number];

export interface Piece {
  text: string;
  marked: boolean;
}

const LONGEST = 160;
const BEFORE = 40;

export function excerpt(content: string, ranges: readonly Range[]): Piece[] {
  const letters = [...content.replace(/\s/g, " ")];
  const first = ranges[0]?.[0] ?? 0;
  const from = letters.length > LONGEST ? Math.max(0, Math.min(first - BEFORE, letters.length - LONGEST)) : 0;
  const to = Math.min(letters.length, from + LONGEST);
  const pieces: Piece[] = [];
  const add = (start: number, end: number, marked: boolean) => {
    if (end > start) pieces.push({ text: letters.slice(start, end).join(""), marked });
  };
  let at = from;
  for (const [start, end] of ranges) {
    if (end <= at || start >= to) continue;
    add(at, Math.max(at, start), false);
    add(Math.max(at, start), Math.min(end, to), true);
    at = Math.min(end, to);
  }
  add(at, to, false);
  if (from > 0) pieces.unshift({ text: "…", marked: false });
  if (to < letters.length) pieces.push({ text: "…", marked: false });
  return pieces;
}
