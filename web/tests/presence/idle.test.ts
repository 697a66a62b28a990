import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HIDDEN_MS, IDLE_MS, Idle } from "../../src/presence/idle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function make() {
  const reports: string[] = [];
  return { idle: new Idle((state) => reports.push(state)), reports };
}

test("away after five minutes without a touch, and back with the first", () => {
  const { idle, reports } = make();
  vi.advanceTimersByTime(IDLE_MS - 1);
  idle.touch();
  vi.advanceTimersByTime(IDLE_MS - 1);
  expect(reports).toEqual([]);
  vi.advanceTimersByTime(1);
  idle.touch();
  idle.touch();
  expect(reports).toEqual(["away", "online"]);
  vi.advanceTimersByTime(IDLE_MS);
  expect(reports).toEqual(["away", "online", "away"]);
});

test("away after a minute in which the page was hidden", () => {
  const { idle, reports } = make();
  idle.hide();
  vi.advanceTimersByTime(HIDDEN_MS - 1);
  idle.show();
  vi.advanceTimersByTime(HIDDEN_MS);
  expect(reports).toEqual([]);
  idle.hide();
  vi.advanceTimersByTime(HIDDEN_MS);
  idle.hide();
  idle.show();
  expect(reports).toEqual(["away", "online"]);
});

test("nothing is said after the end", () => {
  const { idle, reports } = make();
  idle.stop();
  vi.advanceTimersByTime(2 * IDLE_MS);
  expect(reports).toEqual([]);
});
