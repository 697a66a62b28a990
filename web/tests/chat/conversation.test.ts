import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Conversation } from "../../src/chat/conversation.ts";
import type { ChatDetail, Member } from "../../src/chat/model.ts";
import { device } from "../../src/delivery/device.ts";
import { message } from "./messages.ts";

const member = (id: string, role: Member["role"] = "member"): Member => ({
  member_id: id,
  user_id: id,
  participant_id: null,
  display_name: id,
  username: null,
  avatar_url: null,
  role,
  joined_at: "",
  left_at: null,
  read_seq: 0,
  read_at: null,
});
const detail = (seq: number, ...members: Member[]) => ({ id: "c", seq, members }) as unknown as ChatDetail;
const event = (name: string, data: object) => ({
  scope: "user",
  seq: 1,
  event: name,
  data: { chat_id: "c", ...data },
});

const asked: { path: string; answer(document: unknown): Promise<void> }[] = [];
const settle = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  asked.length = 0;
  const get = (path: string) =>
    new Promise((resolve) => {
      const answer = (document: unknown) => {
        resolve(Response.json(document));
        return settle() as Promise<void>;
      };
      asked.push({ path, answer });
    });
  vi.stubGlobal("fetch", get);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const answered = async (ending: string, document: unknown) => {
  const at = asked.findIndex(({ path }) => path.endsWith(ending));
  await asked.splice(at, 1)[0]?.answer(document);
};

async function opened(...members: Member[]) {
  const chat = new Conversation("c", () => undefined);
  void chat.load();
  await settle();
  await answered("/chats/c", detail(5, ...members));
  await answered("direction=before", { items: [message(5)], next_cursor: null, seq: 5 });
  return chat;
}
const who = (chat: Conversation) => chat.detail.value?.members.map((m) => `${m.member_id} ${m.role}`);

test("what happened between its first page and the first connection is asked for once the page is there", async () => {
  const changes = { items: [message(6)], seq: 6, next_after: null, marks: [] };
  const request = vi.spyOn(device, "request").mockResolvedValue(changes);
  const chat = new Conversation("c", () => undefined);
  void chat.load();
  await settle();
  const fresh = chat.refresh();
  await answered("/chats/c", detail(5));
  await answered("direction=before", { items: [message(5)], next_cursor: null, seq: 5 });
  await answered("/chats/c", detail(6));
  await fresh;
  expect(request).toHaveBeenCalledWith("chat.sync", { chat_id: "c", after_seq: 5 });
  expect(chat.session.value?.state.value.messages.map((m) => m.seq)).toEqual([5, 6]);
});

test("an answer from before what an event told does not undo it", async () => {
  const chat = await opened(member("ada", "admin"), member("bela"));
  chat.hear(event("chat.member_updated", { members: [member("bela", "admin")], chat_seq: 7 }));
  chat.take(detail(6, member("ada", "admin"), member("bela")));
  await settle();
  expect(who(chat)).toEqual(["ada admin", "bela admin"]);
  await answered("/chats/c", detail(7, member("ada", "admin"), member("bela", "admin"), member("cleo")));
  expect(who(chat)).toEqual(["ada admin", "bela admin", "cleo member"]);
});

test("an event that was late does not undo a newer answer", async () => {
  const chat = await opened(member("ada", "admin"), member("bela"));
  chat.take(detail(8, member("ada", "admin")));
  chat.hear(event("chat.member_updated", { members: [member("bela", "admin")], chat_seq: 7 }));
  expect(who(chat)).toEqual(["ada admin"]);
});
