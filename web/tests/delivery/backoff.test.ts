import { expect, test } from "vitest";
import { backoff } from "../../src/delivery/backoff.ts";

test("pauses double up to the cap, half of each by chance", () => {
  expect([0, 1, 2, 3].map((n) => backoff(n, () => 0))).toEqual([150, 300, 600, 1200]);
  expect([0, 1, 2, 3].map((n) => backoff(n, () => 1))).toEqual([300, 600, 1200, 2400]);
  expect(backoff(1000, () => 1)).toBe(10_000);
});
