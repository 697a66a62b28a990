/** Rates a connection from two readings of its statistics. Pure. */

export type Quality = "good" | "fair" | "poor";

export interface Reading {
  received: number;
  lost: number;
  /** seconds */
  jitter: number;
  /** seconds; null: not measured */
  roundTrip: number | null;
}

/**
 * Limits as people hear and see them: Opus with FEC hides about 2 % loss, above 8 % speech breaks up;
 * 400 ms there and back is where talk starts to collide (ITU-T G.114 names 150 ms one way as good).
 */
export function rate(before: Reading, after: Reading): Quality {
  const received = Math.max(0, after.received - before.received);
  const lost = Math.max(0, after.lost - before.lost);
  const loss = received + lost === 0 ? 0 : lost / (received + lost);
  const trip = after.roundTrip ?? 0;
  if (loss > 0.08 || trip > 0.8 || after.jitter > 0.15) return "poor";
  if (loss > 0.02 || trip > 0.4 || after.jitter > 0.06) return "fair";
  return "good";
}
