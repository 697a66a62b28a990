import { describe, expect, test } from "vitest";
import type { Message } from "../../src/chat/model.ts";
import {
  arrive,
  type ChatState,
  change,
  discard,
  FIRST_PAGE,
  failed,
  fill,
  hasHole,
  mark,
  markRead,
  note,
  prepend,
  readers,
  receive,
  sending,
  startChat,
} from "../../src/chat/state.ts";
import { draft, message } from "./messages.ts";

const contents = (messages: readonly Message[]) => messages.map((m) => m.content);
const came = (state: ChatState, n: number, { own = false, reading = false } = {}) =>
  arrive(state, message(n), { own, reading, chatSeq: n });

describe("messages", () => {
  test("are in the order of their numbers whatever the order of arrival, each once", () => {
    const state = receive(startChat("c", [message(2)]), [message(3), message(1), message(2)]);
    expect(contents(state.messages)).toEqual(["m1", "m2", "m3"]);
  });

  test("that changed replace what they were, and are not replaced by what they were", () => {
    const edited = message(1, { content: "edited", changed_seq: 5 });
    const state = receive(startChat("c", [message(1)]), [edited, message(1)]);
    expect(contents(state.messages)).toEqual(["edited"]);
  });
});

describe("a message of one's own", () => {
  test("stands as a draft until its event or its reply comes, in either order", () => {
    const waiting = sending(startChat("c", []), draft(1));
    expect(waiting.drafts.length).toBe(1);
    const byEvent = came(waiting, 1, { own: true });
    expect([byEvent.drafts.length, byEvent.messages.length, byEvent.unread]).toEqual([0, 1, 0]);
    expect(receive(byEvent, [message(1)]).messages.length).toBe(1);
  });

  test("that failed can be sent again under the same id, or thrown away", () => {
    const lost = failed(sending(startChat("c", []), draft(1)), "client-1");
    expect(lost.drafts[0]?.failed).toBe(true);
    expect(sending(lost, draft(1)).drafts).toEqual([draft(1)]);
    expect(discard(lost, "client-1").drafts).toEqual([]);
  });
});

describe("the unread count", () => {
  test("counts what others write while the chat is closed, each once", () => {
    let state = startChat("c", [message(1)]);
    state = came(came(came(state, 2), 2), 3, { own: true });
    expect(state.unread).toBe(1);
    expect(came(state, 4, { reading: true }).unread).toBe(1);
    expect(markRead(state).unread).toBe(0);
  });
});

describe("the numbers of changes", () => {
  const begun = () => startChat("c", [message(1), message(2)], 10);

  test("go on from what the first page includes, or from its messages", () => {
    expect(begun().seq).toBe(10);
    expect(startChat("c", [message(1, { changed_seq: 7 }), message(2)]).seq).toBe(7);
  });

  test("show a hole until what is missing comes", () => {
    let state = change(begun(), message(12), 12);
    expect([state.seq, hasHole(state), contents(state.messages)]).toEqual([10, true, ["m1", "m2", "m12"]]);
    state = change(state, message(13), 13);
    state = note(state, 11);
    expect([state.seq, hasHole(state)]).toEqual([13, false]);
  });

  test("of what was known already say nothing new", () => {
    const state = begun();
    expect(note(state, 10)).toBe(state);
    expect(note(note(state, 12), 12).ahead).toEqual([12]);
  });

  test("are all there after a catching up, and later ones still count", () => {
    let state = change(begun(), message(15), 15);
    state = fill(state, [message(11), message(2, { content: "edited", changed_seq: 12 })], 14);
    expect([state.seq, hasHole(state)]).toEqual([15, false]);
    expect(contents(state.messages)).toEqual(["m1", "edited", "m11", "m15"]);
    expect(fill(state, [], 3).seq).toBe(15);
  });
});

describe("history", () => {
  test("is known to be complete when the first page was not full", () => {
    expect(startChat("c", [message(1)]).older).toBeNull();
    const full = Array.from({ length: FIRST_PAGE }, (_, n) => message(n));
    expect(startChat("c", full).older).toBeUndefined();
  });

  test("goes before what is there, and keeps the next cursor", () => {
    const state = prepend(startChat("c", [message(9)]), {
      items: [message(7), message(8), message(9)],
      next_cursor: "x",
    });
    expect(contents(state.messages)).toEqual(["m7", "m8", "m9"]);
    expect(state.older).toBe("x");
  });

  test("has no single message from before it: that would hide what lies between", () => {
    const state: ChatState = { ...startChat("c", [message(90)]), older: "x" };
    const changed = change(state, message(3, { changed_seq: 91 }), 91);
    expect([contents(changed.messages), changed.seq]).toEqual([["m90"], 91]);
  });
});

describe("what others have read", () => {
  const upTo = (member_id: string, read_seq: number) => ({ member_id, read_seq, read_at: null });

  test("only moves forward", () => {
    const state = mark(startChat("c", []), [upTo("bela", 5), upTo("bela", 3)]);
    expect(state.marks.get("bela")?.read_seq).toBe(5);
  });

  test("is told by their marks, without one's own", () => {
    const state = mark(startChat("c", []), [upTo("ada", 9), upTo("bela", 5), upTo("cleo", 4)]);
    expect(readers(state, message(5), "ada")).toBe(1);
    expect(readers(state, message(4), "ada")).toBe(2);
  });
});

test("whatever the order in which events come, and however often, all end up the same", () => {
  const events = [
    ...Array.from({ length: 8 }, (_, i) => [message(i + 1), i + 1] as const),
    [message(2, { content: "edited", changed_seq: 9 }), 9] as const,
    [message(5, { content: "", changed_seq: 10, deleted_at: "now" }), 10] as const,
    [message(2, { content: "edited", changed_seq: 11, reactions: { "👍": ["bela"] } }), 11] as const,
  ];
  const end = (order: typeof events) => {
    const { messages, seq, ahead } = order.reduce((s, [m, n]) => change(s, m, n), startChat("c", [], 0));
    return { messages, seq, ahead };
  };
  const expected = end(events);
  expect(expected.seq).toBe(11);
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let round = 0; round < 200; round++) {
    const shuffled = [...events, ...events.filter(() => random() < 0.3)]
      .map((event) => [random(), event] as const)
      .sort((a, b) => a[0] - b[0])
      .map(([, event]) => event);
    expect(end(shuffled)).toEqual(expected);
  }
});
