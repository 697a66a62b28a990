import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Device, type Passenger } from "../../src/delivery/device.ts";
import type { ScopedEvent } from "../../src/delivery/sequence.ts";
import type { Wire } from "../../src/delivery/socket.ts";

/** The server's end of one connection. */
class Line implements Wire {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: { action: string; id: string; data: Record<string, unknown> }[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.onclose?.();
  }
  says(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  answers(action: string, data: unknown): void {
    this.says({ reply_to: this.sent.filter((s) => s.action === action).at(-1)?.id, ok: true, data });
  }
  asked(action: string): unknown[] {
    return this.sent.filter((s) => s.action === action).map((s) => s.data);
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const event = (seq: number, name = "e", scope = "user") => ({ scope, seq, event: name, data: {} });

function setUp() {
  const lines: Line[] = [];
  const device = new Device({
    open: () => {
      lines.push(new Line());
      return lines.at(-1) as Line;
    },
    ticket: async () => ({ endpoint: "wss://x/socket", ticket: "t" }),
  });
  const seen: number[] = [];
  device.on("e", (e) => seen.push(e.seq));
  return { device, lines, line: () => lines.at(-1) as Line, seen };
}

/** Connected; the server has said that its own scope goes on after 10. */
async function opened() {
  const all = setUp();
  all.device.start();
  await settle();
  await connected(all.line(), { user: { reload: true, seq: 10 } });
  return all;
}

async function connected(line: Line, scopes: unknown, more: object = {}) {
  line.onopen?.();
  await settle();
  line.answers("resume", { self: null, scopes, ...more });
  await settle();
}

/** A meeting; inside or not yet. */
function passenger(inside = true) {
  const events: ScopedEvent[] = [];
  const calls: string[] = [];
  const made: Passenger = {
    onEvent: (e) => events.push(e),
    onState: (state) => calls.push(state),
    resumeWith: () => (inside ? { participant_id: "p1" } : null),
    onResumed: () => calls.push("resumed"),
    onProblem: (problem) => calls.push(problem.slug),
  };
  return { made, events, calls };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it asks where its own scope begins, and holds what comes until it knows", async () => {
  const { device, line, seen } = setUp();
  device.start();
  await settle();
  line().onopen?.();
  await settle();
  expect(line().asked("resume")).toEqual([{ scopes: { user: 0 } }]);
  line().says(event(12));
  line().says(event(11));
  line().says(event(10));
  expect(seen).toEqual([]);
  line().answers("resume", { self: null, scopes: { user: { reload: true, seq: 10 } } });
  await settle();
  expect(seen).toEqual([11, 12]);
  expect(device.state.value).toBe("open");
});

test("who has loaded just now loads again only where something may have been missed", async () => {
  const { device, line } = setUp();
  const loads: string[] = [];
  device.onMissed(() => loads.push("before the connection"));
  device.start();
  await settle();
  await connected(line(), { user: { reload: true, seq: 10 } });
  device.onMissed(() => loads.push("with the connection"));
  expect(loads).toEqual(["before the connection"]);
});

test("those who know something load it after the first connection, and after too long an absence", async () => {
  const { device, line } = setUp();
  const loads: string[] = [];
  device.onAfresh(() => loads.push(device.state.value));
  device.start();
  await settle();
  await connected(line(), { user: { reload: true, seq: 10 } });
  expect(loads).toEqual(["open"]);
  line().close();
  await vi.advanceTimersByTimeAsync(1000);
  await connected(line(), { user: { events: [event(11)] } });
  expect(loads).toHaveLength(1);
  line().close();
  await vi.advanceTimersByTimeAsync(1000);
  await connected(line(), { user: { reload: true, seq: 900 } });
  expect(loads).toHaveLength(2);
  device.onAfresh(() => loads.push("late"));
  expect(loads.at(-1)).toBe("late");
});

test("after an absence it goes on exactly where it was", async () => {
  const { lines, line, seen } = await opened();
  line().says(event(11));
  line().close();
  await vi.advanceTimersByTimeAsync(1000);
  expect(lines).toHaveLength(2);
  line().onopen?.();
  await settle();
  expect(line().asked("resume")).toEqual([{ scopes: { user: 11 } }]);
  line().says(event(13));
  line().answers("resume", { self: null, scopes: { user: { events: [event(12), event(13)] } } });
  await settle();
  expect(seen).toEqual([11, 12, 13]);
});

test("passing events have no number and disturb no order", async () => {
  const { line, seen } = await opened();
  line().says({ scope: "user", event: "e", data: {} });
  line().says(event(11));
  expect(seen).toEqual([0, 11]);
});

test("nobody hears any more after saying so", async () => {
  const { device, line } = await opened();
  const heard: number[] = [];
  const off = device.on("e", (e) => heard.push(e.seq));
  line().says(event(11));
  off();
  line().says(event(12));
  expect(heard).toEqual([11]);
});

test("a meeting is taken along, resumed with its participant, and left without closing the socket", async () => {
  const { device, lines, line } = await opened();
  const { made, events, calls } = passenger();
  await device.board(made);
  device.begin({ "meeting:m": 5, user: 99 });
  line().says(event(6, "participant.joined", "meeting:m"));
  line().says(event(11));
  expect(events.map((e) => e.scope)).toEqual(["meeting:m", "user"]);

  line().close();
  await vi.advanceTimersByTimeAsync(1000);
  await connected(line(), { user: { events: [] }, "meeting:m": { events: [] } });
  expect(line().asked("resume")).toEqual([{ participant_id: "p1", scopes: { user: 11, "meeting:m": 6 } }]);
  expect(calls).toEqual(["reconnecting", "resumed", "open"]);

  device.leave(made);
  expect(line().asked("leave")).toEqual([{}]);
  line().close();
  await vi.advanceTimersByTimeAsync(1000);
  await connected(line(), { user: { events: [] } });
  expect(line().asked("resume")).toEqual([{ scopes: { user: 11 } }]);
  expect(lines).toHaveLength(3);
  expect(calls).toHaveLength(3);
});

test("the next meeting waits until the one before is left", async () => {
  const { device, line } = await opened();
  const first = passenger();
  await device.board(first.made);
  device.leave(first.made);
  let ready = false;
  void device.board(passenger(false).made).then(() => {
    ready = true;
  });
  await settle();
  expect(ready).toBe(false);
  line().answers("leave", {});
  await settle();
  expect(ready).toBe(true);
});

test("who logs out is told, and what is asked then fails at once", async () => {
  const { device } = await opened();
  const { made, calls } = passenger();
  await device.board(made);
  device.stop();
  expect(calls).toEqual(["closed"]);
  await expect(device.request("ping")).rejects.toMatchObject({ slug: "closed" });
});

test("who leaves while still coming in leaves after that", async () => {
  const { device, line } = await opened();
  const { made } = passenger();
  void device.board(made);
  let come = () => {};
  const joining = new Promise<void>((done) => {
    come = done;
  });
  device.leave(made, joining);
  await settle();
  expect(line().asked("leave")).toEqual([]);
  come();
  await settle();
  expect(line().asked("leave")).toEqual([{}]);
});
