import { expect, test } from "vitest";
import { meetingReference } from "../../src/meetings/model.ts";
import { nextHalfHour } from "../../src/meetings/words.ts";

test.each([
  ["abc-defg-hij", "abc-defg-hij"],
  ["  ABC-DEFG-HIJ ", "abc-defg-hij"],
  ["abcdefghij", "abc-defg-hij"],
  ["abc defg hij", "abc-defg-hij"],
  ["https://convoke.example/m/abc-defg-hij?x=1#y", "abc-defg-hij"],
  ["127.0.0.1:8080/m/abc-defg-hij", "abc-defg-hij"],
  ["team-standup", "team-standup"],
  ["https://convoke.example/m/team-standup/", "team-standup"],
])("%j leads to %s", (typed, reference) => {
  expect(meetingReference(typed)).toBe(reference);
});

test.each(["", "   ", "a", "https://convoke.example/", "../secrets", "what is this?", "/m/%zz"])(
  "%j leads nowhere",
  (typed) => {
    expect(meetingReference(typed)).toBeNull();
  },
);

test("a new meeting is proposed for the next half hour that is not too near", () => {
  expect(nextHalfHour(new Date(2026, 0, 5, 10, 10))).toBe("2026-01-05T10:30");
  expect(nextHalfHour(new Date(2026, 0, 5, 10, 40))).toBe("2026-01-05T11:00");
  expect(nextHalfHour(new Date(2026, 0, 5, 23, 45))).toBe("2026-01-06T00:00");
});
