import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ChatSession } from "../../src/chat/session.ts";
import { startChat } from "../../src/chat/state.ts";
import { chatsToSendTo, KEPT_MS, MOST, onDropped, unsentIn } from "../../src/chat/unsent.ts";
import { localProblem, Problem } from "../../src/delivery/problem.ts";
import { forgetAll } from "../../src/ui/memory.ts";
import { draft as anyDraft, message } from "./messages.ts";
import { FakeStorage } from "./storage.ts";

let storage: FakeStorage;
const START = Date.now();
const draft = (n: number) => ({ ...anyDraft(n), at: START + n });
const settle = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  storage = new FakeStorage();
  vi.stubGlobal("localStorage", storage);
});
afterEach(() => vi.unstubAllGlobals());

test("what is kept is there again in the order of writing, for its writer and its chat alone", () => {
  const unsent = unsentIn("ada", "chat", "c");
  unsent.keep(draft(2));
  unsent.keep(draft(1));
  expect(
    unsentIn("ada", "chat", "c")
      .all()
      .map((d) => d.content),
  ).toEqual(["m1", "m2"]);
  for (const other of [
    unsentIn("ada", "chat", "d"),
    unsentIn("bob", "chat", "c"),
    unsentIn("ada", "meeting", "c"),
  ])
    expect(other.all()).toEqual([]);
  expect(chatsToSendTo("ada")).toEqual(["c"]);
  unsent.keep({ ...draft(1), failed: true });
  expect(chatsToSendTo("ada")).toEqual(["c"]);
  unsent.keep({ ...draft(2), failed: true });
  expect(chatsToSendTo("ada")).toEqual([]);
  unsent.drop("client-1");
  unsent.drop("client-2");
  expect(storage.length).toBe(0);
});

test("of two tabs neither writes over what the other keeps", () => {
  const [one, other] = [unsentIn("ada", "chat", "c"), unsentIn("ada", "chat", "c")];
  one.keep(draft(1));
  other.keep(draft(2));
  one.drop("client-1");
  expect(other.all().map((d) => d.clientId)).toEqual(["client-2"]);
});

test("after a week, and when it is no message, it is forgotten", () => {
  const unsent = unsentIn("ada", "chat", "c");
  unsent.keep({ ...draft(1), at: Date.now() - KEPT_MS - 1 });
  for (const [n, odd] of ["{", "null", "7", "[]", JSON.stringify({ ...draft(3), fileIds: [1] })].entries())
    storage.setItem(`convoke.unsent.ada.chat.c.odd-${n}`, odd);
  expect(unsent.all()).toEqual([]);
  expect(storage.length).toBe(0);
});

test("no more than a hundred are kept, and those that are change", () => {
  const unsent = unsentIn("ada", "chat", "c");
  for (let n = 0; n < MOST + 5; n++) unsent.keep(draft(n));
  unsent.keep({ ...draft(1), failed: true });
  expect(unsent.all()).toHaveLength(MOST);
  expect(unsent.all().filter((d) => d.failed)).toHaveLength(1);
});

test("who has logged out leaves nothing, and nothing comes after it", () => {
  let isAllowed = true;
  const unsent = unsentIn("ada", "chat", "c", () => isAllowed);
  unsent.keep(draft(1));
  storage.setItem("convoke.theme", '"dark"');
  isAllowed = false;
  forgetAll("unsent.");
  unsent.keep(draft(1));
  expect([storage.length, storage.key(0)]).toEqual([1, "convoke.theme"]);
});

test("where nothing may be stored nothing is kept", () => {
  vi.stubGlobal("localStorage", undefined);
  const unsent = unsentIn("ada", "chat", "c");
  unsent.keep(draft(1));
  expect(unsent.all()).toEqual([]);
});

test("what another tab keeps no more is told by chat and id", () => {
  const target = new EventTarget();
  vi.stubGlobal("addEventListener", target.addEventListener.bind(target));
  vi.stubGlobal("removeEventListener", target.removeEventListener.bind(target));
  const told: string[][] = [];
  const off = onDropped("ada", (...which) => told.push(which));
  const happens = (key: string, newValue: string | null) =>
    target.dispatchEvent(Object.assign(new Event("storage"), { key, newValue, storageArea: storage }));
  happens("convoke.unsent.ada.chat.c.one", null);
  happens("convoke.unsent.ada.chat.c.two", "{}");
  happens("convoke.unsent.bob.chat.c.three", null);
  off();
  happens("convoke.unsent.ada.chat.c.four", null);
  expect(told).toEqual([["c", "one"]]);
});

/** A page with the chat, whose server does what `answer` says. */
function page(answer: (data: Record<string, unknown>) => Promise<unknown>, messages = [message(1)]) {
  const sent: Record<string, unknown>[] = [];
  const link = { up: true };
  const chat = new ChatSession(startChat("c", messages), {
    request: <T>(_action: string, data: Record<string, unknown>) => {
      sent.push(data);
      return answer(data) as Promise<T>;
    },
    credentials: { token: async () => null, renew: async () => null },
    connected: () => link.up,
    me: () => "ada",
    whole: true,
    unsent: unsentIn("ada", "chat", "c"),
  });
  chat.restore();
  return { chat, sent, link };
}
const stored = async (data: Record<string, unknown>) => ({
  message: message(2, { content: String(data.content), client_id: String(data.client_id) }),
  chat_seq: 2,
});
const never = () => new Promise(() => undefined);

test("a message without an answer goes out again from the next page, with the same id, and once", async () => {
  const first = page(never);
  void first.chat.send("hello", [], ["bob"]);
  await settle();
  const second = page(stored);
  expect(second.chat.state.value.drafts).toMatchObject([{ content: "hello" }]);
  await settle();
  expect(second.sent).toMatchObject([
    { client_id: first.sent[0]?.client_id, content: "hello", mentions: ["bob"] },
  ]);
  expect(second.chat.state.value.drafts).toEqual([]);
  expect(storage.length).toBe(0);
  expect(page(stored).sent).toEqual([]);
});

test("what waits for the connection goes out when it is back", async () => {
  void page(never).chat.send("hello");
  await settle();
  const { chat, sent, link } = page(async (data) => {
    if (link.up) return stored(data);
    throw localProblem("offline", "gone");
  });
  sent.length = 0;
  link.up = false;
  chat.resend();
  await settle();
  link.up = true;
  chat.resend();
  await settle();
  expect(chat.state.value.messages.at(-1)?.content).toBe("hello");
  expect(storage.length).toBe(0);
});

test("what has failed is there again as failed, sent by hand only", async () => {
  const refusing = page(async () => {
    throw new Problem({ type: "/problems/chat_closed", title: "Closed", status: 403 });
  });
  await refusing.chat.send("hello");
  const { chat, sent } = page(stored);
  await settle();
  expect(sent).toEqual([]);
  const [failed] = chat.state.value.drafts;
  expect(failed).toMatchObject({ content: "hello", failed: true });
  if (failed) await chat.retry(failed);
  expect(sent).toHaveLength(1);
  expect(storage.length).toBe(0);
});

test("what the page finds among the messages is not sent again", async () => {
  unsentIn("ada", "chat", "c").keep(draft(1));
  const { chat, sent } = page(stored, [message(1)]);
  await settle();
  expect([sent, chat.state.value.drafts, storage.length]).toEqual([[], [], 0]);
});

test("pages that end before every answer do not send for ever", async () => {
  void page(never).chat.send("hello");
  await settle();
  let sent = 0;
  for (let n = 0; n < 20; n++) {
    const next = page(never);
    await settle();
    sent += next.sent.length;
  }
  expect(sent).toBe(5);
  expect(unsentIn("ada", "chat", "c").all()).toMatchObject([{ failed: true }]);
});

test("discarded is discarded", async () => {
  void page(never).chat.send("hello");
  await settle();
  const { chat } = page(never);
  chat.discard(chat.state.value.drafts[0] ?? draft(1));
  expect(page(stored).chat.state.value.drafts).toEqual([]);
});

test("both of two tabs may send it: the server knows it by its id, and neither keeps it", async () => {
  void page(never).chat.send("hello");
  await settle();
  const [one, other] = [page(stored), page(stored)];
  await settle();
  expect(new Set([...one.sent, ...other.sent].map((data) => data.client_id)).size).toBe(1);
  for (const { chat } of [one, other]) expect(chat.state.value.drafts).toEqual([]);
  expect(storage.length).toBe(0);
});
