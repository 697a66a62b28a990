import { expect, test } from "vitest";
import { ago, latest, type Presence } from "../../src/presence/model.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();

test.each([
  [0, null],
  [59, null],
  [-3600, null],
  [60, "1 minute ago"],
  [5 * 60 + 59, "5 minutes ago"],
  [3600, "1 hour ago"],
  [23 * 3600, "23 hours ago"],
  [24 * 3600, "yesterday"],
  [3 * 86_400, "3 days ago"],
  [15 * 86_400, "2 weeks ago"],
  [90 * 86_400, "3 months ago"],
])("%s seconds ago is %s", (seconds, words) => {
  expect(ago(before(seconds), now, "en")).toBe(words);
});

test("of two the later holds, in whichever order they come", () => {
  const one: Presence = { user_id: "u", state: "online", last_seen_at: null, at: "2026-11-20T12:00:00Z" };
  const two: Presence = { ...one, state: "away", at: "2026-11-20T12:00:00.001000Z" };
  expect(latest(latest(null, one), two)).toBe(two);
  expect(latest(latest(null, two), one)).toBe(two);
});
