import { describe, expect, it } from "vitest";
import {
  byDay,
  callBack,
  isPath,
  type Notification,
  pathOf,
  withNews,
  without,
  withRead,
} from "../../src/notifications/model.ts";

function one(id: string, changes: Partial<Notification> = {}): Notification {
  return {
    id,
    type: "contact",
    title: id,
    message: "",
    data: {},
    action_url: null,
    subject: null,
    created_at: `2026-11-20T12:00:0${id}Z`,
    read_at: null,
    ...changes,
  };
}

const ids = (items: Notification[]) => items.map((each) => each.id);
const unread = (items: Notification[]) => ids(items.filter((each) => !each.read_at));

describe("a list of notifications", () => {
  const three = [one("3"), one("2"), one("1")];

  it("has what is new on top, and once", () => {
    expect(ids(withNews(three, one("4")))).toEqual(["4", "3", "2", "1"]);
    const renewed = one("1", { created_at: "2026-11-20T12:00:09Z", title: "more" });
    expect(ids(withNews(three, renewed))).toEqual(["1", "3", "2"]);
    expect(ids(withNews(three, one("2")))).toEqual(["3", "2", "1"]);
  });

  it("keeps its order when an older one arrives late", () => {
    expect(ids(withNews([one("3"), one("1")], one("2")))).toEqual(["3", "2", "1"]);
  });

  it("shows as read what was read elsewhere", () => {
    expect(unread(withRead(three, { ids: ["2"], until: null, unread: 2 }))).toEqual(["3", "1"]);
    expect(unread(withRead(three, { ids: "all", until: null, unread: 0 }))).toEqual([]);
    const until = "2026-11-20T12:00:02Z";
    expect(unread(withRead(three, { ids: "all", until, unread: 1 }))).toEqual(["3"]);
  });

  it("keeps when something was read first", () => {
    const read = one("1", { read_at: "2026-11-20T13:00:00Z" });
    const [kept] = withRead([read], { ids: "all", until: null, unread: 0 });
    expect(kept?.read_at).toBe("2026-11-20T13:00:00Z");
  });

  it("loses what was removed", () => {
    expect(ids(without(three, ["2", "9"]))).toEqual(["3", "1"]);
  });

  it("falls into days", () => {
    const days = byDay([
      one("3", { created_at: "2026-11-20T12:00:00" }),
      one("2", { created_at: "2026-11-20T00:00:00" }),
      one("1", { created_at: "2026-11-19T23:59:59" }),
    ]);
    expect(days.map(ids)).toEqual([["3", "2"], ["1"]]);
    expect(byDay([])).toEqual([]);
  });
});

describe("where a notification leads", () => {
  it("is a path of this page", () => {
    expect(pathOf(one("1", { action_url: "/chats/1?m=2" }))).toBe("/chats/1?m=2");
  });

  it.each(["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "", "chats"])(
    "is never elsewhere: %s",
    (url) => {
      expect(pathOf(one("1", { action_url: url }))).toBeNull();
      expect(isPath(url)).toBe(false);
    },
  );

  it("calls back where a call was missed", () => {
    const data = { chat_id: "c", media_type: "video" };
    expect(callBack(one("1", { type: "missed_call", data }))).toEqual({ chatId: "c", mediaType: "video" });
    expect(callBack(one("1", { type: "missed_call" }))).toBeNull();
    expect(callBack(one("1", { type: "mention", data }))).toBeNull();
  });
});
