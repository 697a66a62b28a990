import { describe, expect, test } from "vitest";
import {
  idle,
  type Liveness,
  type LivenessEffect,
  type LivenessEvent,
  MISSES,
  step,
} from "../../src/media/liveness.ts";

function run(from: Liveness, events: LivenessEvent[]): { state: Liveness; effects: LivenessEffect[] } {
  let state = from;
  const effects: LivenessEffect[] = [];
  for (const event of events) {
    const [next, now] = step(state, event, () => 1);
    state = next;
    effects.push(...now);
  }
  return { state, effects };
}

const live = run(idle, [{ type: "granted" }, { type: "open" }]).state;
const ticks = (n: number): LivenessEvent[] => Array.from({ length: n }, () => ({ type: "tick" }));
const kinds = (effects: LivenessEffect[]) =>
  effects.map((e) => (e.do === "restart" ? `restart over ${e.over}` : e.do));

test("a granted session is live once its channel is open", () => {
  expect(run(idle, [{ type: "granted" }]).state.phase).toBe("connecting");
  expect(live.phase).toBe("live");
});

describe("while live", () => {
  test("every tick is a ping, and answers keep it so", () => {
    const { state, effects } = run(live, [
      { type: "tick" },
      { type: "pong" },
      { type: "tick" },
      { type: "pong" },
    ]);
    expect(kinds(effects)).toEqual(["ping", "ping"]);
    expect(state).toEqual(live);
  });

  test("three pings without an answer restart ICE over the socket", () => {
    const { state, effects } = run(live, ticks(MISSES + 1));
    expect(kinds(effects)).toEqual(["ping", "ping", "ping", "restart over socket"]);
    expect(state.phase).toBe("restarting");
  });

  test("a broken connection restarts over whichever way still works, once", () => {
    const broken: LivenessEvent = { type: "broken", channel: true };
    expect(kinds(run(live, [broken, broken]).effects)).toEqual(["restart over channel"]);
    expect(kinds(run(live, [{ type: "network", channel: false }]).effects)).toEqual(["restart over socket"]);
  });

  test("a draining node is left for a new session", () => {
    const { state, effects } = run(live, [{ type: "drain" }]);
    expect(kinds(effects)).toEqual(["connect"]);
    expect(run(state, [{ type: "granted" }, { type: "open" }]).state.phase).toBe("live");
  });
});

describe("a restart", () => {
  const restarting = run(live, [{ type: "broken", channel: false }]).state;

  test("is over when the node answers pings again", () => {
    expect(run(restarting, [{ type: "restarted" }, { type: "tick" }, { type: "pong" }]).state).toEqual(live);
  });

  test("that the node refuses leads to a new session", () => {
    const { state, effects } = run(restarting, [{ type: "restart_failed" }]);
    expect([state.phase, kinds(effects)]).toEqual(["connecting", ["connect"]]);
  });

  test("after which nothing comes leads to a new session", () => {
    const { effects } = run(restarting, [{ type: "restarted" }, ...ticks(MISSES + 1)]);
    expect(kinds(effects).at(-1)).toBe("connect");
  });
});

describe("a new session", () => {
  test("whose channel never opens is asked for again", () => {
    const { effects } = run(run(idle, [{ type: "granted" }]).state, ticks(6));
    expect(kinds(effects)).toEqual(["connect"]);
  });

  test("that is refused is tried again with growing pauses", () => {
    let state = idle;
    const pauses: number[] = [];
    for (let i = 0; i < 5; i++) {
      const refused = run(state, [{ type: "refused" }]);
      expect(refused.state.phase).toBe("unavailable");
      for (const effect of refused.effects) if (effect.do === "retry") pauses.push(effect.after);
      const again = run(refused.state, [{ type: "retry" }]);
      expect(kinds(again.effects)).toEqual(["connect"]);
      state = again.state;
    }
    expect(pauses).toEqual([2000, 4000, 8000, 15_000, 15_000]);
  });

  test("that works sets the pauses back", () => {
    const tired = run(idle, [
      { type: "refused" },
      { type: "retry" },
      { type: "refused" },
      { type: "retry" },
    ]).state;
    expect(run(tired, [{ type: "granted" }, { type: "open" }]).state.attempt).toBe(0);
  });
});

test("after the end nothing happens any more", () => {
  const over = run(live, [{ type: "stop" }]).state;
  const { state, effects } = run(over, [
    ...ticks(10),
    { type: "retry" },
    { type: "broken", channel: true },
    { type: "drain" },
  ]);
  expect([state.phase, effects]).toEqual(["off", []]);
});
