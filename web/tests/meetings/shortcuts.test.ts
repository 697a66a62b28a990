import { expect, test } from "vitest";
import { commandFor, type KeyPress } from "../../src/meetings/shortcuts.ts";

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  typing: false,
  pressable: false,
  modal: false,
  ...more,
});

test("single keys act, in either case", () => {
  expect(commandFor(press("m"), true)).toBe("mic");
  expect(commandFor(press("V"), true)).toBe("camera");
  expect(commandFor(press("?"), true)).toBe("help");
  expect(commandFor(press("x"), true)).toBeNull();
});

test("keys of the browser are left alone", () => {
  expect(commandFor(press("c", { ctrlKey: true }), true)).toBeNull();
  expect(commandFor(press("p", { metaKey: true }), true)).toBeNull();
});

test("typing, a dialog and the switch keep them from acting", () => {
  expect(commandFor(press("m", { typing: true }), true)).toBeNull();
  expect(commandFor(press("m", { modal: true }), true)).toBeNull();
  expect(commandFor(press("m"), false)).toBeNull();
});

test("Space talks, but presses a button that has the focus", () => {
  expect(commandFor(press(" "), true)).toBe("talk");
  expect(commandFor(press(" ", { pressable: true }), true)).toBeNull();
});

test("Escape closes a panel even while typing", () => {
  expect(commandFor(press("Escape", { typing: true }), false)).toBe("close");
});
