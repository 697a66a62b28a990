import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Problem } from "../../src/delivery/problem.ts";
import type { ScopedEvent } from "../../src/delivery/sequence.ts";
import {
  GAP_MS,
  PING_MS,
  type ResumeReply,
  Socket,
  type SocketState,
  type Wire,
} from "../../src/delivery/socket.ts";

/** The server's end of one connection. */
class Line implements Wire {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: { action: string; id: string; data: Record<string, unknown> }[] = [];
  closed = false;
  constructor(readonly url: string) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.onclose?.();
  }
  says(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  answers(action: string, data: unknown = {}): void {
    const request = this.sent.filter((s) => s.action === action).at(-1);
    this.says({ reply_to: request?.id, ok: true, data });
  }
  asked(action: string): Record<string, unknown> | undefined {
    return this.sent.filter((s) => s.action === action).at(-1)?.data;
  }
}

function setUp(resumeWith: Record<string, unknown> | null = { participant_id: "p1" }) {
  const lines: Line[] = [];
  const events: ScopedEvent[] = [];
  const states: SocketState[] = [];
  const resumed: ResumeReply[] = [];
  const problems: Problem[] = [];
  let tickets = 0;
  const socket = new Socket({
    open: (url) => {
      const line = new Line(url);
      lines.push(line);
      return line;
    },
    ticket: async () => ({ endpoint: "wss://x/socket", ticket: `t${++tickets}` }),
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    resumeWith: () => resumeWith,
    onResumed: (reply) => resumed.push(reply),
    onProblem: (problem) => problems.push(problem),
    random: () => 0,
  });
  const line = () => lines.at(-1) as Line;
  return { socket, lines, line, events, states, resumed, problems };
}

/** Opened by the ticket that came with the join. */
async function opened(resumeWith?: Record<string, unknown> | null) {
  const all = setUp(resumeWith);
  all.socket.connect({ endpoint: "wss://x/socket", ticket: "first" });
  await settle();
  all.line().onopen?.();
  await settle();
  return all;
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const event = (seq: number): ScopedEvent => ({ scope: "meeting:m", seq, event: "e", data: {} });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("requests", () => {
  test("are answered by id, whatever the order of the answers", async () => {
    const { socket, line } = await opened();
    const first = socket.request("a");
    const second = socket.request("b");
    line().answers("b", { is: "b" });
    line().answers("a", { is: "a" });
    expect(await first).toEqual({ is: "a" });
    expect(await second).toEqual({ is: "b" });
  });

  test("that fail carry the server's problem", async () => {
    const { socket, line } = await opened();
    const asked = socket.request("join");
    const error = { type: "/problems/waiting", title: "Wait", status: 409 };
    line().says({ reply_to: line().sent[0]?.id, ok: false, error });
    await expect(asked).rejects.toMatchObject({ slug: "waiting", status: 409 });
  });

  test("without an answer end in a time-out", async () => {
    const { socket } = await opened();
    const asked = expect(socket.request("a")).rejects.toMatchObject({ slug: "timeout" });
    await vi.advanceTimersByTimeAsync(10_000);
    await asked;
  });

  test("made before the socket is open are sent once it is", async () => {
    const { socket, line } = setUp();
    socket.connect({ endpoint: "wss://x/socket", ticket: "first" });
    await settle();
    const asked = socket.request("join");
    expect(line().sent).toEqual([]);
    line().onopen?.();
    await settle();
    line().answers("join", { in: true });
    expect(await asked).toEqual({ in: true });
  });

  test("fail at once when the connection breaks", async () => {
    const { socket, line } = await opened();
    const asked = expect(socket.request("a")).rejects.toMatchObject({ slug: "offline" });
    line().close();
    await asked;
  });
});

describe("a broken connection", () => {
  test("is replaced with a fresh ticket, and resumed after the last event seen", async () => {
    const { socket, lines, line, events, states } = await opened();
    socket.sequence.begin("meeting:m", 10);
    line().says(event(11));
    line().close();
    expect(states).toEqual(["open", "reconnecting"]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(lines.map((l) => l.url)).toEqual(["wss://x/socket?ticket=first", "wss://x/socket?ticket=t1"]);
    line().onopen?.();
    await settle();
    expect(line().asked("resume")).toEqual({ participant_id: "p1", scopes: { "meeting:m": 11 } });
    line().says(event(13));
    line().answers("resume", {
      self: {},
      scopes: { "meeting:m": { events: [{ seq: 12, event: "e", data: {} }] } },
    });
    await settle();
    expect(events.map((e) => e.seq)).toEqual([11, 12, 13]);
    expect(socket.state).toBe("open");
  });

  test("loses no event in the state that is loaded afresh, though told before it", async () => {
    const heard: (number | "afresh")[] = [];
    const { socket, line, events, resumed } = await opened();
    vi.spyOn(events, "push").mockImplementation((e) => heard.push(e.seq));
    vi.spyOn(resumed, "push").mockImplementation(() => heard.push("afresh"));
    socket.sequence.begin("meeting:m", 10);
    line().close();
    await vi.advanceTimersByTimeAsync(1000);
    line().onopen?.();
    await settle();
    // The state in the answer was read after 500 had been told, and before 501.
    line().says(event(501));
    expect(heard).toEqual([]);
    line().answers("resume", {
      self: {},
      participants: [],
      scopes: { "meeting:m": { reload: true, seq: 500 } },
    });
    await settle();
    expect(heard).toEqual(["afresh", 501]);
  });

  test("is tried again with growing pauses, and at once when the network is back", async () => {
    const { socket, lines, line } = await opened();
    const pauses: number[] = [];
    for (let i = 0; i < 3; i++) {
      line().close();
      const from = Date.now();
      const count = lines.length;
      while (lines.length === count) await vi.advanceTimersByTimeAsync(50);
      pauses.push(Date.now() - from);
    }
    expect(pauses).toEqual([150, 300, 600]);
    line().close();
    socket.hurry();
    await settle();
    expect(lines.length).toBe(5);
  });

  test("ends for good when no ticket is to be had any more", async () => {
    const states: SocketState[] = [];
    const socket = new Socket({
      open: (url) => new Line(url),
      ticket: async () => {
        throw new Problem({ status: 401, title: "No" });
      },
      onEvent: () => undefined,
      onState: (state) => states.push(state),
      resumeWith: () => null,
      onResumed: () => undefined,
    });
    socket.connect();
    await settle();
    expect(states).toEqual(["closed"]);
    await expect(socket.request("a")).rejects.toMatchObject({ slug: "closed" });
  });

  test("is noticed by a ping without an answer", async () => {
    const { line, lines, states } = await opened();
    await vi.advanceTimersByTimeAsync(PING_MS);
    line().answers("ping", { now: "2026-01-01T00:00:00Z" });
    await vi.advanceTimersByTimeAsync(PING_MS);
    expect(states).toEqual(["open"]);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(lines.length).toBe(2);
    expect(states).toEqual(["open", "reconnecting"]);
  });
});

describe("a gap in the events", () => {
  test("that lasts is repaired by asking for that scope only", async () => {
    const { socket, line, events } = await opened();
    socket.sequence.begin("meeting:m", 10);
    socket.sequence.begin("chat:m", 3);
    line().says(event(12));
    await vi.advanceTimersByTimeAsync(GAP_MS);
    expect(line().asked("resume")).toEqual({ participant_id: "p1", scopes: { "meeting:m": 10 } });
    line().answers("resume", {
      scopes: { "meeting:m": { events: [11, 12].map((seq) => ({ seq, event: "e", data: {} })) } },
    });
    await settle();
    expect(events.map((e) => e.seq)).toEqual([11, 12]);
  });

  test("in one scope holds up no other while it is repaired", async () => {
    const { socket, line, events } = await opened();
    socket.sequence.begin("meeting:m", 10);
    socket.sequence.begin("user", 3);
    line().says({ ...event(5), scope: "user" });
    await vi.advanceTimersByTimeAsync(GAP_MS);
    expect(line().asked("resume")).toEqual({ participant_id: "p1", scopes: { user: 3 } });
    line().says(event(11));
    expect(events.map((e) => e.seq)).toEqual([11]);
  });

  test("is asked for again while another event is on its way", async () => {
    const { socket, line, events } = await opened();
    socket.sequence.begin("meeting:m", 10);
    line().says(event(12));
    await vi.advanceTimersByTimeAsync(GAP_MS);
    line().says(event(14));
    const missed = [11, 12].map((seq) => ({ seq, event: "e", data: {} }));
    line().answers("resume", { scopes: { "meeting:m": { events: missed } } });
    await vi.advanceTimersByTimeAsync(GAP_MS);
    expect(line().asked("resume")).toEqual({ participant_id: "p1", scopes: { "meeting:m": 12 } });
    expect(events.map((e) => e.seq)).toEqual([11, 12]);
  });

  test("that closes by itself asks for nothing", async () => {
    const { socket, line, events } = await opened();
    socket.sequence.begin("meeting:m", 10);
    line().says(event(12));
    line().says(event(11));
    await vi.advanceTimersByTimeAsync(GAP_MS * 2);
    expect(line().asked("resume")).toBeUndefined();
    expect(events.map((e) => e.seq)).toEqual([11, 12]);
  });
});

test("what is not JSON is ignored", async () => {
  const { line, states } = await opened();
  line().onmessage?.({ data: "{" });
  expect(states).toEqual(["open"]);
});

test("what was asked of a connection the server has forgotten is asked again on a fresh one", async () => {
  const { socket, lines, line } = await opened();
  const reply = socket.request("chat.send", { content: "hello" });
  await settle();
  const asked = line().sent.at(-1);
  line().says({
    reply_to: asked?.id,
    ok: false,
    error: { type: "/problems/connection_unknown", title: "", status: 409 },
  });
  await vi.advanceTimersByTimeAsync(1000);
  expect(lines.length).toBe(2);
  line().onopen?.();
  await settle();
  line().answers("resume", { scopes: {} });
  await settle();
  expect(line().asked("chat.send")).toEqual({ content: "hello" });
  line().answers("chat.send", { message: "stored" });
  await expect(reply).resolves.toEqual({ message: "stored" });
});

describe("a place taken over by another window", () => {
  const error = { type: "/problems/joined_elsewhere", title: "Joined elsewhere", status: 409 };

  test("is told without having been asked", async () => {
    const { line, problems } = await opened();
    line().says({ reply_to: null, ok: false, error });
    expect(problems.map((p) => p.slug)).toEqual(["joined_elsewhere"]);
  });

  test("is not taken back by a new connection after a ping", async () => {
    const { line, lines, problems } = await opened();
    await vi.advanceTimersByTimeAsync(PING_MS);
    const ping = line().sent.findLast((s) => s.action === "ping");
    line().says({ reply_to: ping?.id, ok: false, error });
    await settle();
    expect(problems.map((p) => p.slug)).toEqual(["joined_elsewhere"]);
    expect(lines).toHaveLength(1);
  });
});
