import { expect, test } from "vitest";
import lock from "../package-lock.json?raw";

test("the lock file names packages and hashes, but no addresses", () => {
  expect(lock).not.toMatch(/https?:/);
  expect(lock).toMatch(/"integrity": "sha512-/);
});
