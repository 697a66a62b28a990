import { expect, test } from "vitest";
import { addressesIn } from "../../src/invitations/api.ts";

test("addresses are found as people paste them", () => {
  expect(
    addressesIn("a@example.org, B@Example.org;c@example.org\nd@example.org  a@example.org").good,
  ).toEqual(["a@example.org", "b@example.org", "c@example.org", "d@example.org"]);
  expect(addressesIn('"Ada L." <ada@example.org>, Bob <bob@example.org>')).toEqual({
    good: ["ada@example.org", "bob@example.org"],
    bad: [],
  });
  expect(addressesIn("")).toEqual({ good: [], bad: [] });
});

test("what is none is told", () => {
  expect(addressesIn("ada@example.org bob@, @x.org cy").bad).toEqual(["bob@", "@x.org", "cy"]);
});
