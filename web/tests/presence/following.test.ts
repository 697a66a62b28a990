import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Following } from "../../src/presence/following.ts";
import type { Presence, State } from "../../src/presence/model.ts";

const told = (user_id: string, state: State, at = "2026-11-20T12:00:00Z"): Presence => ({
  user_id,
  state,
  last_seen_at: null,
  at,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function make(answer: (userIds: string[]) => Presence[] = (ids) => ids.map((id) => told(id, "online"))) {
  const asked: string[][] = [];
  const given: string[][] = [];
  const following = new Following({
    watch: async (ids) => {
      asked.push(ids);
      return answer(ids);
    },
    unwatch: async (ids) => void given.push(ids),
  });
  return { following, asked, given };
}

test("those asked for together share a request, and a second asker of one adds none", async () => {
  const { following, asked } = make();
  for (const id of ["a", "b", "a"]) following.follow(id);
  await vi.advanceTimersByTimeAsync(50);
  following.follow("b");
  await vi.advanceTimersByTimeAsync(50);
  expect(asked).toEqual([["a", "b"]]);
  expect(following.of("a")?.state).toBe("online");
});

test("more than the server takes at once are asked in parts", async () => {
  const { following, asked } = make();
  for (let i = 0; i < 450; i++) following.follow(`u${i}`);
  await vi.advanceTimersByTimeAsync(50);
  expect(asked.map((ids) => ids.length)).toEqual([200, 200, 50]);
});

test("what nobody shows any more is given up, unless the next page shows it", async () => {
  const { following, given } = make();
  const stops = ["a", "b"].map((id) => following.follow(id));
  await vi.advanceTimersByTimeAsync(50);
  for (const stop of stops) stop();
  stops[0]?.();
  following.follow("b");
  await vi.advanceTimersByTimeAsync(5000);
  expect(given).toEqual([["a"]]);
  following.take(told("a", "away"));
  expect(following.of("a")).toBeNull();
});

test("late news do not undo newer ones", async () => {
  const { following } = make(() => [told("a", "online", "2026-11-20T12:00:05Z")]);
  following.follow("a");
  await vi.advanceTimersByTimeAsync(50);
  following.take(told("a", "offline", "2026-11-20T12:00:04Z"));
  expect(following.of("a")?.state).toBe("online");
  following.take(told("a", "away", "2026-11-20T12:00:06Z"));
  expect(following.of("a")?.state).toBe("away");
});

test("who is not told about any more is not known any more", async () => {
  let visible = true;
  const { following } = make((ids) => (visible ? ids.map((id) => told(id, "online")) : []));
  following.follow("a");
  await vi.advanceTimersByTimeAsync(50);
  visible = false;
  following.renew();
  await vi.advanceTimersByTimeAsync(50);
  expect(following.of("a")).toBeNull();
});

test("a request that failed is made again, and at once by a new connection", async () => {
  let up = false;
  const { following, asked } = make((ids) => {
    if (!up) throw new Error("no connection");
    return ids.map((id) => told(id, "online"));
  });
  following.follow("a");
  await vi.advanceTimersByTimeAsync(50);
  following.renew();
  await vi.advanceTimersByTimeAsync(50);
  expect(asked).toEqual([["a"], ["a"]]);
  up = true;
  await vi.advanceTimersByTimeAsync(3000);
  expect(following.of("a")?.state).toBe("online");
});

test("what was told while an answer was on its way is not undone by it", async () => {
  const answers: ((items: Presence[]) => void)[] = [];
  const following = new Following({
    watch: () => new Promise((answer) => answers.push(answer)),
    unwatch: async () => undefined,
  });
  following.follow("a");
  await vi.advanceTimersByTimeAsync(50);
  following.take(told("a", "online"));
  answers[0]?.([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(following.of("a")?.state).toBe("online");
});

test("who is shown anew while being given up is asked for after that", async () => {
  const sent: string[] = [];
  let over = () => {};
  const following = new Following({
    watch: async () => {
      sent.push("watch");
      return [];
    },
    unwatch: () => {
      sent.push("unwatch");
      return new Promise<void>((done) => {
        over = () => {
          sent.push("over");
          done();
        };
      });
    },
  });
  const stop = following.follow("a");
  await vi.advanceTimersByTimeAsync(50);
  stop();
  await vi.advanceTimersByTimeAsync(3500);
  following.follow("a");
  await vi.advanceTimersByTimeAsync(50);
  over();
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toEqual(["watch", "unwatch", "over", "watch"]);
});

test("those of whom nothing was told are asked for again, and nobody else", async () => {
  const { following, asked } = make((ids) => ids.filter((id) => id === "a").map((id) => told(id, "online")));
  for (const id of ["a", "b"]) following.follow(id);
  await vi.advanceTimersByTimeAsync(50);
  following.retry();
  following.take(told("b", "away"));
  following.retry();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual([["a", "b"], ["b"]]);
  expect(following.of("b")?.state).toBe("away");
});
