import { afterEach, describe, expect, test, vi } from "vitest";
import type { Message } from "../../src/chat/model.ts";
import { ChatSession, HOLE_MS } from "../../src/chat/session.ts";
import { startChat } from "../../src/chat/state.ts";
import { localProblem, Problem } from "../../src/delivery/problem.ts";
import { message } from "./messages.ts";

/** A chat whose server does what `answer` says, and what it was asked. */
function chatWith(answer: (data: Record<string, unknown>, time: number) => Promise<unknown>) {
  const sent: Record<string, unknown>[] = [];
  const link = { up: true };
  const chat = new ChatSession(startChat("c", []), {
    request: <T>(_action: string, data: Record<string, unknown>) => {
      sent.push(data);
      return answer(data, sent.length) as Promise<T>;
    },
    credentials: { token: async () => null, renew: async () => null },
    connected: () => link.up,
    me: () => "me",
    whole: true,
  });
  return { chat, sent, link };
}

const stored = (data: Record<string, unknown>) => ({
  message: message(1, { content: String(data.content), client_id: String(data.client_id) }),
  chat_seq: 1,
});
const settle = () => new Promise((resolve) => setTimeout(resolve));
afterEach(() => void vi.unstubAllGlobals());

/** Pages of the chat as REST gives them: each when it is answered. */
function pages() {
  const asked: ((page: unknown) => void)[] = [];
  const get = () => new Promise((resolve) => asked.push((page) => resolve(Response.json(page))));
  vi.stubGlobal("fetch", get);
  return asked;
}

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
  chat.arrived(stored(sent[0] as Record<string, unknown>).message, 1);
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

test("a lasting hole is filled by asking for what came after the last number known", async () => {
  vi.useFakeTimers();
  const { chat, sent } = chatWith(async () => ({
    items: [message(1, { content: "edited", changed_seq: 2 }), message(3)],
    seq: 4,
    next_after: null,
    marks: [{ member_id: "bela", read_seq: 3, read_at: null }],
  }));
  chat.arrived(message(1), 1);
  chat.arrived(message(4), 4);
  await vi.advanceTimersByTimeAsync(HOLE_MS - 1);
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent).toEqual([{ chat_id: "c", after_seq: 1 }]);
  expect(chat.state.value.messages.map((m) => m.content)).toEqual(["edited", "m3", "m4"]);
  expect(chat.state.value.seq).toBe(4);
  expect(chat.state.value.marks.get("bela")?.read_seq).toBe(3);
  vi.useRealTimers();
});

test("events that only overtook each other are asked nothing about", async () => {
  vi.useFakeTimers();
  const { chat, sent } = chatWith(async () => ({}));
  chat.arrived(message(2), 2);
  chat.arrived(message(1), 1);
  chat.arrived(message(2), 2);
  await vi.advanceTimersByTimeAsync(HOLE_MS * 2);
  expect(sent).toEqual([]);
  expect(chat.state.value.messages).toHaveLength(2);
  vi.useRealTimers();
});

test("a change of a message is asked for by its id, and shown as the answer has it", async () => {
  const reacted = message(1, { changed_seq: 2, reactions: { "👍": ["me"] } });
  const { chat, sent } = chatWith(async () => ({ message: reacted, chat_seq: 2 }));
  chat.arrived(message(1), 1);
  await chat.react(message(1), "👍", true);
  expect(sent).toEqual([{ chat_id: "c", message_id: "id-0001", emoji: "👍", on: true }]);
  expect(chat.state.value.messages[0]?.reactions).toEqual({ "👍": ["me"] });
});

test("what is written quickly is sent in the order of writing", async () => {
  const answers: (() => void)[] = [];
  const { chat, sent } = chatWith(
    (data) => new Promise((resolve) => answers.push(() => resolve(stored(data)))),
  );
  void chat.send("first");
  void chat.send("second");
  await settle();
  expect(sent.map((s) => s.content)).toEqual(["first"]);
  answers[0]?.();
  await settle();
  expect(sent.map((s) => s.content)).toEqual(["first", "second"]);
});

test("what is written without a connection goes out in the order of writing", async () => {
  const { chat, sent, link } = chatWith(async (data) => {
    if (link.up) return stored(data);
    throw localProblem("offline", "gone");
  });
  link.up = false;
  await chat.send("first");
  await chat.send("second");
  sent.length = 0;
  link.up = true;
  chat.resend();
  await settle();
  expect(sent.map((s) => s.content)).toEqual(["first", "second"]);
});

test("what is told while the page after a long absence is on its way is not lost", async () => {
  const asked = pages();
  const { chat, sent } = chatWith(async (data) => ({
    items: data.after_seq === 90 ? [message(91)] : [],
    seq: data.after_seq === 90 ? 91 : 90,
    next_after: Number(data.after_seq) < 90 ? Number(data.after_seq) + 10 : null,
    marks: [],
  }));
  const through = chat.catchUp();
  await settle();
  chat.arrived(message(91), 91);
  asked[0]?.({ items: [message(89), message(90)], next_cursor: null, seq: 90 });
  await through;
  expect(sent.at(-1)).toEqual({ chat_id: "c", after_seq: 90 });
  expect(chat.state.value.messages.map((m) => m.seq)).toEqual([89, 90, 91]);
});

test("an earlier page that comes after a reload does not leave a hole behind it", async () => {
  const asked = pages();
  const { chat } = chatWith(async (data) => ({
    items: [],
    seq: 90,
    next_after: Number(data.after_seq) < 90 ? Number(data.after_seq) + 10 : null,
    marks: [],
  }));
  chat.state.value = { ...startChat("c", [message(40)]), older: "before 40" };
  const older = chat.loadOlder();
  await settle();
  const through = chat.catchUp();
  await settle();
  asked[1]?.({ items: [message(90)], next_cursor: "before 90", seq: 90 });
  await through;
  asked[0]?.({ items: [message(39)], next_cursor: "before 39", seq: 40 });
  await older;
  expect(chat.state.value.messages.map((m) => m.seq)).toEqual([90]);
  expect(chat.state.value.older).toBe("before 90");
});

describe("in a breakout room", () => {
  const red = { id: "red", name: "Red" };
  const page = (seq: number, ...items: Message[]) => ({ items, next_cursor: null, seq });
  const recall = (read: (path: string) => unknown) =>
    vi.stubGlobal("fetch", async (path: string) => Response.json(await read(path)));
  const shown = (chat: ChatSession) => chat.state.value.messages.map((m) => m.content);

  const nothingNew = { items: [], seq: 0, next_after: null, marks: [] };
  const answering = () => chatWith(async (data) => ("after_seq" in data ? nothingNew : stored(data)));
  const said = (sent: Record<string, unknown>[]) => sent.filter((s) => "content" in s);

  test("what one writes goes there, unless to everyone or to one person", async () => {
    recall(() => page(0));
    const { chat, sent } = answering();
    chat.moved(red);
    await chat.send("to the room");
    chat.toAll.value = true;
    await chat.send("to all");
    chat.toAll.value = false;
    chat.recipient.value = "ada";
    await chat.send("psst");
    const to = said(sent).map(({ breakout_id, recipient_participant_id }) => [
      breakout_id,
      recipient_participant_id,
    ]);
    expect(to).toEqual([
      ["red", undefined],
      [undefined, undefined],
      [undefined, "ada"],
    ]);
  });

  test("back in the main room it goes to everyone, and in the next room to that", async () => {
    recall(() => page(0));
    const { chat, sent } = answering();
    chat.moved(red);
    chat.toAll.value = true;
    chat.moved({ id: "blue", name: "Blue" });
    await chat.send("to blue");
    chat.moved(null);
    await chat.send("to all");
    expect(said(sent).map((s) => s.breakout_id)).toEqual(["blue", undefined]);
  });

  test("others are not told that something is written to the room", () => {
    recall(() => new Promise(() => undefined));
    const { chat, sent } = answering();
    chat.moved(red);
    chat.tellTyping();
    expect(sent).toEqual([]);
    chat.toAll.value = true;
    chat.tellTyping();
    expect(sent).toEqual([{ chat_id: "c" }]);
  });

  test("what was said there before is shown, and what came meanwhile", async () => {
    let answer: (found: unknown) => void = () => undefined;
    recall(() => new Promise((resolve) => (answer = resolve)));
    const { chat } = chatWith(async () => ({ ...nothingNew, items: [message(4)], seq: 4 }));
    chat.arrived(message(1), 1);
    chat.moved(red);
    await settle();
    chat.arrived(message(4), 4);
    answer(page(3, message(1), message(2, { breakout_id: "red", breakout_name: "Red" })));
    await vi.waitFor(() => expect(shown(chat)).toEqual(["m1", "m2", "m4"]));
  });

  test("where that could not be loaded, it is asked for again once the connection is back", async () => {
    let up = false;
    recall(() => {
      if (!up) throw new Error("offline");
      return page(1, message(1, { breakout_id: "red", breakout_name: "Red" }));
    });
    const { chat } = answering();
    chat.moved(red);
    await settle();
    expect(shown(chat)).toEqual([]);
    up = true;
    chat.resend();
    await vi.waitFor(() => expect(shown(chat)).toEqual(["m1"]));
  });
});
