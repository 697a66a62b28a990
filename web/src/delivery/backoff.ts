/** How long to wait before attempt `attempt` (0, 1, …): doubling, capped, with full jitter above half. */
export function backoff(attempt: number, random: () => number, base = 300, cap = 10_000): number {
  const ceiling = Math.min(cap, base * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
