import { expect, test } from "vitest";
import type { ChatSummary, Message } from "../../src/chat/model.ts";
import { inOrder, nothing, put, putOlder, reduce, type Summaries } from "../../src/chat/summaries.ts";
import { message } from "./messages.ts";

const ME = "me";
const chat = (id: string, more: Partial<ChatSummary> = {}): ChatSummary => ({
  id,
  kind: "group",
  title: id,
  avatar_url: null,
  peer: null,
  member_count: 3,
  role: "member",
  last_message: null,
  last_activity_at: "2025-01-01T00:00:00Z",
  seq: 10,
  read_seq: 10,
  unread: 0,
  writable: true,
  muted_until: null,
  created_at: "2025-01-01T00:00:00Z",
  ...more,
});
const from = (user_id: string) => ({ participant_id: null, user_id, display_name: user_id });
const said = (n: number, user = "bela", more: Partial<Message> = {}) =>
  message(n, { sender: from(user), ...more });
const started = () => put(nothing, [chat("c"), chat("d", { last_activity_at: "2025-01-02T00:00:00Z" })]);

const event = (name: string, data: Record<string, unknown>) => ({ scope: "user", seq: 1, event: name, data });
const created = (m: Message, chat_seq = m.seq) => event("message.created", { message: m, chat_seq });
const after = (state: Summaries, ...events: ReturnType<typeof event>[]) =>
  events.reduce((s, e) => reduce(s, e, ME), state);
const one = (state: Summaries, id = "c") => state.chats.get(id);

test("a message is the latest, counts as unread and brings its chat to the top", () => {
  const state = after(started(), created(said(11, "bela", { created_at: "2025-01-03T00:00:00Z" })));
  expect(one(state)).toMatchObject({ seq: 11, unread: 1, last_message: { content: "m11" } });
  expect(inOrder(state).map((c) => c.id)).toEqual(["c", "d"]);
});

test("the same message twice, one's own, and notes of the system count nothing", () => {
  const twice = after(started(), created(said(11)), created(said(11)));
  expect(one(twice)?.unread).toBe(1);
  const others = after(started(), created(said(11, ME)), created(said(12, "", { type: "system" })));
  expect(one(others)?.unread).toBe(0);
});

test("after a hole the numbers are asked for", () => {
  const state = after(started(), created(said(13)));
  expect([...state.doubtful]).toEqual(["c"]);
});

test("what one has read on any device takes the count away, a part of it is asked for", () => {
  const unread = after(started(), created(said(11)), created(said(12)));
  const all = after(unread, event("chat.read", { chat_id: "c", member_id: ME, read_seq: 12 }));
  expect([one(all)?.unread, one(all)?.read_seq, all.doubtful.size]).toEqual([0, 12, 0]);
  const part = after(unread, event("chat.read", { chat_id: "c", member_id: ME, read_seq: 11 }));
  expect([...part.doubtful]).toEqual(["c"]);
  const others = after(unread, event("chat.read", { chat_id: "c", member_id: "bela", read_seq: 12 }));
  expect(one(others)?.unread).toBe(2);
});

test("an edit of the latest message shows, one of an earlier message does not", () => {
  const state = after(started(), created(said(11)), created(said(12)));
  const edit = (n: number) =>
    event("message.updated", {
      message: said(n, "bela", { content: "edited", changed_seq: 13 }),
      chat_seq: 13,
    });
  expect(one(after(state, edit(12)))?.last_message?.content).toBe("edited");
  expect(one(after(state, edit(11)))?.last_message?.content).toBe("m12");
});

test("whether a deleted message had been unread is asked for", () => {
  const state = after(started(), created(said(11)));
  const gone = said(11, "bela", { changed_seq: 12, deleted_at: "now", content: "" });
  expect([...after(state, event("message.updated", { message: gone, chat_seq: 12 })).doubtful]).toEqual([
    "c",
  ]);
});

test("a chat that is not known is asked for, what is private or of a breakout room is not", () => {
  const unknown = after(started(), created(said(5, "bela", { chat_id: "e" })));
  expect([...unknown.doubtful]).toEqual(["e"]);
  const foreign = said(5, "bela", { chat_id: "e", recipient_participant_id: "p" });
  const roomed = said(6, "bela", { chat_id: "e", breakout_id: "r", breakout_name: "Red" });
  expect(after(started(), created(foreign), created(roomed)).doubtful.size).toBe(0);
});

test("a new chat stands in the list, and a page read before an event does not undo it", () => {
  const state = after(started(), event("chat.created", { chat: chat("e") }), created(said(11)));
  expect(one(state, "e")?.title).toBe("e");
  expect(one(putOlder(state, [chat("c")]))?.unread).toBe(1);
});

test("a page of the list from before one read a chat does not make it unread again", () => {
  const read = event("chat.read", { chat_id: "c", member_id: ME, read_seq: 11 });
  const state = after(started(), created(said(11)), read);
  const before = chat("c", { seq: 11, read_seq: 10, unread: 1 });
  expect(one(putOlder(state, [before]))).toMatchObject({ read_seq: 11, unread: 0 });
  expect(putOlder(state, [before]).doubtful.size).toBe(0);
});

test("where the list knows of a message and this page of what was read, the chat is asked for", () => {
  const read = event("chat.read", { chat_id: "c", member_id: ME, read_seq: 11 });
  const state = after(started(), created(said(11)), read);
  const crossed = putOlder(state, [chat("c", { seq: 12, read_seq: 10, unread: 2 })]);
  expect(one(crossed)?.unread).toBe(0);
  expect([...crossed.doubtful]).toEqual(["c"]);
});

test("a new name and muting show at once", () => {
  const renamed = event("chat.updated", { chat_id: "c", title: "Plans", avatar_url: null, chat_seq: 11 });
  const muted = event("chat.muted", { chat_id: "c", muted_until: "9999-01-01T00:00:00Z" });
  expect(one(after(started(), renamed, muted))).toMatchObject({
    title: "Plans",
    muted_until: "9999-01-01T00:00:00Z",
    seq: 11,
  });
});

test("a message that a summary has counted already is only its latest one", () => {
  const counted = put(nothing, [chat("c", { seq: 11, unread: 1 })]);
  expect(one(after(counted, created(said(11))))).toMatchObject({
    unread: 1,
    last_message: { content: "m11" },
  });
});
