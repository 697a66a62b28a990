import { expect, test } from "vitest";
import { routeOf } from "../src/router.ts";
import { hue, initials } from "../src/ui/names.ts";

test("addresses lead to their pages", () => {
  expect(routeOf("/", "")).toEqual({ page: "home" });
  expect(routeOf("/m/abc-defg-hij", "")).toEqual({ page: "meeting", code: "abc-defg-hij" });
  expect(routeOf("/login", "?next=%2Fm%2Fx")).toEqual({ page: "login", next: "/m/x" });
  expect(routeOf("/account", "")).toEqual({ page: "account" });
  expect(routeOf("/nowhere", "")).toEqual({ page: "unknown" });
  expect(routeOf("/m/%zz", "")).toEqual({ page: "unknown" });
  expect(routeOf("/usage", "")).toEqual({ page: "usage" });
  expect(routeOf("/m/abc-defg-hij/insights", "")).toEqual({ page: "insights", code: "abc-defg-hij" });
  expect(routeOf("/m/%zz/insights", "")).toEqual({ page: "unknown" });
});

test.each(["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])(
  "after logging in nobody is sent to %s",
  (next) => {
    expect(routeOf("/login", `?next=${encodeURIComponent(next)}`)).toEqual({ page: "login", next: "/" });
  },
);

test("initials take whole characters", () => {
  expect(["Ada Lovelace", "plato", "  ", "👩‍🚀 Sally Ride", "Jean-Luc van Damme"].map(initials)).toEqual([
    "AL",
    "P",
    "?",
    "👩R",
    "JD",
  ]);
});

test("a person's colour stays the same", () => {
  expect(hue("ada")).toBe(hue("ada"));
  expect(hue("ada")).toBeLessThan(8);
});

test("the places of somebody signed in have addresses", () => {
  expect(routeOf("/chats", "")).toEqual({ page: "chats", chatId: null, messageId: null });
  expect(routeOf("/chats/0199-a", "?m=7")).toEqual({ page: "chats", chatId: "0199-a", messageId: "7" });
  expect(routeOf("/i/to%2Fken", "")).toEqual({ page: "invitation", token: "to/ken" });
  for (const page of ["contacts", "calls", "calendar", "notifications"])
    expect(routeOf(`/${page}`, "")).toEqual({ page });
  expect(routeOf("/chats/%zz", "")).toEqual({ page: "unknown" });
});
