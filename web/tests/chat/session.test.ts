import { expect, test } from "vitest";
import type { Message } from "../../src/chat/model.ts";
import { ChatSession } from "../../src/chat/session.ts";
import { localProblem, Problem } from "../../src/delivery/problem.ts";

/** A chat whose server does what `answer` says, and what it was asked. */
function chatWith(answer: (data: Record<string, unknown>, time: number) => Promise<unknown>) {
  const sent: Record<string, unknown>[] = [];
  const link = { up: true };
  const chat = new ChatSession("c", [], {
    request: (_action, data) => {
      sent.push(data);
      return answer(data, sent.length) as Promise<never>;
    },
    credentials: { token: async () => null, renew: async () => null },
    connected: () => link.up,
    isOwn: () => true,
  });
  return { chat, sent, link };
}

const stored = (data: Record<string, unknown>) => ({
  message: {
    id: "id-1",
    chat_id: "c",
    content: data.content,
    client_id: data.client_id,
    created_at: "2025-01-01T00:00:00Z",
  } as Message,
});
const settle = () => new Promise((resolve) => setTimeout(resolve));

test("a message whose answer was lost goes out again with the same id once the connection is back", async () => {
  const { chat, sent, link } = chatWith(async (data, time) => {
    if (time > 1) return stored(data);
    link.up = false;
    throw localProblem("offline", "gone");
  });
  await chat.send("hello");
  expect(chat.state.value.drafts).toMatchObject([{ content: "hello", failed: false }]);
  link.up = true;
  chat.resend();
  await settle();
  expect(sent).toHaveLength(2);
  expect(sent[1]?.client_id).toBe(sent[0]?.client_id);
  expect(chat.state.value.drafts).toEqual([]);
  expect(chat.state.value.messages.map((m) => m.content)).toEqual(["hello"]);
});

test("what the server has told of meanwhile is not sent again", async () => {
  const { chat, sent, link } = chatWith(async () => {
    link.up = false;
    throw localProblem("offline", "gone");
  });
  await chat.send("hello");
  chat.arrived(stored(sent[0] as Record<string, unknown>).message);
  chat.resend();
  await settle();
  expect(sent).toHaveLength(1);
});

test("no answer time after time ends in a message that can be sent by hand", async () => {
  const { chat, sent } = chatWith(async () => {
    throw localProblem("timeout", "late");
  });
  await chat.send("hello");
  await settle();
  expect(sent).toHaveLength(6);
  expect(chat.state.value.drafts).toMatchObject([{ failed: true }]);
});

test("what the server refuses is not tried again by itself", async () => {
  const { chat, sent } = chatWith(async () => {
    throw new Problem({ type: "/problems/chat_closed", title: "Closed", status: 403 });
  });
  await chat.send("hello");
  expect(sent).toHaveLength(1);
  expect(chat.state.value.drafts).toMatchObject([{ failed: true }]);
});

test("after joining anew the unsent messages are sent in the new session", async () => {
  const before = chatWith(async () => {
    before.link.up = false;
    throw localProblem("closed", "gone");
  });
  await before.chat.send("hello");
  const after = chatWith(async (data) => stored(data));
  after.chat.takeOver(before.chat);
  await settle();
  expect(after.sent.map((s) => s.content)).toEqual(["hello"]);
  expect(after.chat.state.value.messages).toHaveLength(1);
});
