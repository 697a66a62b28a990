import { describe, expect, test } from "vitest";
import type { Message } from "../../src/chat/model.ts";
import {
  arrive,
  type Draft,
  discard,
  FIRST_PAGE,
  failed,
  markRead,
  prepend,
  receive,
  sending,
  startChat,
} from "../../src/chat/state.ts";

const message = (n: number, more: Partial<Message> = {}): Message => ({
  id: `id-${String(n).padStart(4, "0")}`,
  chat_id: "c",
  type: "text",
  sender: { participant_id: "ada", user_id: null, display_name: "Ada" },
  content: `m${n}`,
  reply_to: null,
  recipient_participant_id: null,
  client_id: `client-${n}`,
  created_at: new Date(1_700_000_000_000 + n).toISOString(),
  ...more,
});
const draft = (n: number): Draft => ({
  clientId: `client-${n}`,
  content: `m${n}`,
  replyTo: null,
  recipient: null,
  at: 0,
  failed: false,
  tries: 0,
});
const contents = (messages: readonly Message[]) => messages.map((m) => m.content);

describe("messages", () => {
  test("are in order of time whatever the order of arrival, each once", () => {
    const state = receive(startChat("c", [message(2)]), [message(3), message(1), message(2)]);
    expect(contents(state.messages)).toEqual(["m1", "m2", "m3"]);
  });

  test("of the same instant are in order of their ids", () => {
    const at = message(1).created_at;
    const state = startChat("c", [message(5, { created_at: at }), message(4, { created_at: at })]);
    expect(contents(state.messages)).toEqual(["m4", "m5"]);
  });

  test("that changed replace what they were", () => {
    const state = receive(startChat("c", [message(1)]), [message(1, { content: "edited" })]);
    expect(contents(state.messages)).toEqual(["edited"]);
  });
});

describe("a message of one's own", () => {
  test("stands as a draft until its event or its reply comes, in either order", () => {
    const waiting = sending(startChat("c", []), draft(1));
    expect(waiting.drafts.length).toBe(1);
    const byEvent = arrive(waiting, message(1), true, false);
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
  test("counts what others write while the chat is closed", () => {
    let state = startChat("c", [message(1)]);
    state = arrive(state, message(2), false, false);
    state = arrive(state, message(2), false, false);
    state = arrive(state, message(3), true, false);
    expect(state.unread).toBe(1);
    expect(arrive(state, message(4), false, true).unread).toBe(1);
    expect(markRead(state).unread).toBe(0);
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
});
