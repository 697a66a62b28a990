import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clearToasts, hold, letGo, toast, toasts } from "../../src/ui/toasts.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  clearToasts();
  vi.useRealTimers();
});

const shown = () => toasts.value.map((note) => note.message);

test("a note goes away by itself, one with a button later", () => {
  toast("Saved");
  toast("Removed", { action: { label: "Undo", run: () => undefined } });
  vi.advanceTimersByTime(5000);
  expect(shown()).toEqual(["Removed"]);
  vi.advanceTimersByTime(7000);
  expect(shown()).toEqual([]);
});

test("it stays while somebody is at it, and for its time after that", () => {
  toast("Removed", { ms: 1000 });
  const [note] = toasts.value;
  if (!note) throw new Error("not shown");
  hold(note.key);
  vi.advanceTimersByTime(60_000);
  expect(shown()).toEqual(["Removed"]);
  letGo(note);
  vi.advanceTimersByTime(999);
  expect(shown()).toEqual(["Removed"]);
  vi.advanceTimersByTime(1);
  expect(shown()).toEqual([]);
});

test("of two of a kind the later one is shown, and for its own time", () => {
  toast("1 new message", { kind: "chat" });
  vi.advanceTimersByTime(4000);
  toast("2 new messages", { kind: "chat" });
  vi.advanceTimersByTime(4000);
  expect(shown()).toEqual(["2 new messages"]);
});
