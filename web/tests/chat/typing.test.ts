import { expect, test, vi } from "vitest";
import { SHOWN_MS, Typing } from "../../src/chat/typing.ts";

const heard = (typing: Typing, user_id: string) =>
  typing.heard({ user_id, participant_id: null, display_name: user_id.toUpperCase() }, "me");

test("who writes is shown for a while, and until their message comes", () => {
  vi.useFakeTimers();
  const typing = new Typing();
  heard(typing, "ada");
  heard(typing, "bela");
  heard(typing, "me");
  expect(typing.names.value).toEqual(["ADA", "BELA"]);
  typing.stopped("ada");
  expect(typing.names.value).toEqual(["BELA"]);
  vi.advanceTimersByTime(SHOWN_MS - 1);
  heard(typing, "bela");
  vi.advanceTimersByTime(SHOWN_MS - 1);
  expect(typing.names.value).toEqual(["BELA"]);
  vi.advanceTimersByTime(1);
  expect(typing.names.value).toEqual([]);
  vi.useRealTimers();
});

test("others are told now and then, not at every key", () => {
  const typing = new Typing();
  expect([0, 100, 2400, 2600, 2700].map((now) => typing.due(now))).toEqual([true, false, false, true, false]);
});
