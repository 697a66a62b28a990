import { describe, expect, test } from "vitest";
import { type ScopedEvent, Sequence } from "../../src/delivery/sequence.ts";

const event = (seq: number, scope = "meeting:m"): ScopedEvent => ({
  scope,
  seq,
  event: "e",
  data: { n: seq },
});
const seqs = (events: ScopedEvent[]): number[] => events.map((e) => e.seq);

function begun(at = 100): Sequence {
  const sequence = new Sequence();
  sequence.begin("meeting:m", at);
  return sequence;
}

describe("a scope's events", () => {
  test("in order are delivered one by one", () => {
    const sequence = begun();
    expect(seqs(sequence.accept(event(101)))).toEqual([101]);
    expect(seqs(sequence.accept(event(102)))).toEqual([102]);
    expect(sequence.positions()).toEqual({ "meeting:m": 102 });
  });

  test("that overtook another wait for it", () => {
    const sequence = begun();
    expect(sequence.accept(event(103))).toEqual([]);
    expect(sequence.accept(event(102))).toEqual([]);
    expect(sequence.gaps()).toEqual(["meeting:m"]);
    expect(seqs(sequence.accept(event(101)))).toEqual([101, 102, 103]);
    expect(sequence.gaps()).toEqual([]);
  });

  test("that come twice are delivered once", () => {
    const sequence = begun();
    sequence.accept(event(101));
    expect(sequence.accept(event(101))).toEqual([]);
    expect(sequence.accept(event(99))).toEqual([]);
  });

  test("of another scope are not held up by a gap", () => {
    const sequence = begun();
    sequence.begin("chat:m", 5);
    sequence.accept(event(103));
    expect(seqs(sequence.accept(event(6, "chat:m")))).toEqual([6]);
  });
});

describe("before the snapshot", () => {
  test("events wait for the starting point, and those it includes are dropped", () => {
    const sequence = new Sequence();
    for (const seq of [102, 100, 101]) expect(sequence.accept(event(seq))).toEqual([]);
    expect(seqs(sequence.begin("meeting:m", 100))).toEqual([101, 102]);
  });

  test("the lobby's verdict is delivered at once", () => {
    const sequence = new Sequence();
    expect(seqs(sequence.accept(event(7, "user")))).toEqual([7]);
    expect(sequence.begin("user", 7)).toEqual([]);
    expect(seqs(sequence.accept(event(8, "user")))).toEqual([8]);
  });

  test("a starting point older than what is known changes nothing", () => {
    const sequence = begun(100);
    sequence.accept(event(101));
    expect(sequence.begin("meeting:m", 90)).toEqual([]);
    expect(sequence.positions()["meeting:m"]).toBe(101);
  });
});

describe("after an absence", () => {
  test("what comes while it is being asked for follows the answer", () => {
    const sequence = begun();
    sequence.await(["meeting:m", "chat:unknown"]);
    expect(sequence.accept(event(102))).toEqual([]);
    expect(sequence.gaps()).toEqual([]);
    expect(seqs(sequence.fill("meeting:m", [event(101)]))).toEqual([101, 102]);
    sequence.await(["meeting:m"]);
    expect(sequence.accept(event(103))).toEqual([]);
    expect(seqs(sequence.restart("meeting:m", 102))).toEqual([103]);
    expect(seqs(sequence.accept(event(104)))).toEqual([104]);
  });

  test("what overtook another since then still waits for it", () => {
    const sequence = begun();
    sequence.await(["meeting:m"]);
    sequence.accept(event(104));
    expect(seqs(sequence.fill("meeting:m", [event(101), event(102)]))).toEqual([101, 102]);
    expect(sequence.gaps()).toEqual(["meeting:m"]);
    expect(seqs(sequence.accept(event(103)))).toEqual([103, 104]);
  });

  test("the answer for a scope that was left meanwhile is of no use", () => {
    const sequence = begun();
    sequence.await(["meeting:m"]);
    sequence.forget("meeting:m");
    expect(sequence.restart("meeting:m", 200)).toEqual([]);
    expect(sequence.fill("meeting:m", [event(101)])).toEqual([]);
    expect(sequence.positions()).toEqual({});
  });

  test("what was missed comes in order with what was held, each once", () => {
    const sequence = begun();
    sequence.accept(event(104));
    expect(seqs(sequence.fill("meeting:m", [event(102), event(101), event(103)]))).toEqual([
      101, 102, 103, 104,
    ]);
    expect(sequence.accept(event(103))).toEqual([]);
    expect(sequence.gaps()).toEqual([]);
  });

  test("a scope that must be loaded afresh goes on with whatever comes next", () => {
    const sequence = begun();
    expect(sequence.restart("meeting:m")).toEqual([]);
    expect(sequence.positions()).toEqual({ "meeting:m": 0 });
    expect(seqs(sequence.accept(event(500)))).toEqual([500]);
    expect(sequence.accept(event(502))).toEqual([]);
    expect(seqs(sequence.accept(event(501)))).toEqual([501, 502]);
  });

  test("what was held is not lost by loading afresh", () => {
    const sequence = begun();
    sequence.accept(event(104));
    sequence.accept(event(103));
    expect(seqs(sequence.restart("meeting:m"))).toEqual([103, 104]);
    expect(seqs(sequence.accept(event(105)))).toEqual([105]);
  });
});
