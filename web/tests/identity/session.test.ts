import { afterEach, beforeEach, expect, test, vi } from "vitest";

const grant = { user: { id: "u1" }, access_token: "at", expires_in: 900 };
let kept: Map<string, string>;
let asked: ReturnType<typeof vi.fn>;

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers({ now: 1_000_000 });
  kept = new Map([["convoke.signedIn", "true"]]);
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  vi.stubGlobal("navigator", {});
  asked = vi.fn(async () => Response.json(grant));
  vi.stubGlobal("fetch", asked);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a page waits for the cookie of one that was closed while it renewed the session", async () => {
  kept.set("convoke.renewing", "999000");
  const { resumeSession, user } = await import("../../src/identity/session.ts");
  const resumed = resumeSession();
  await vi.advanceTimersByTimeAsync(1999);
  expect(asked).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await resumed;
  expect(asked).toHaveBeenCalledTimes(1);
  expect(user.value?.id).toBe("u1");
});

test("who ended renewing, well or not, keeps nobody waiting", async () => {
  asked.mockRejectedValueOnce(new TypeError("offline"));
  const { credentials, resumeSession, user } = await import("../../src/identity/session.ts");
  await resumeSession();
  expect(user.value).toBe(null);
  expect(kept.has("convoke.renewing")).toBe(false);
  expect(await credentials.renew()).toBe("at");
  expect(asked).toHaveBeenCalledTimes(2);
});

test("the mark of long ago, or of a clock that was ahead, keeps nobody waiting", async () => {
  for (const mark of ["1", "99000000"]) {
    vi.resetModules();
    kept.set("convoke.renewing", mark);
    const { resumeSession } = await import("../../src/identity/session.ts");
    await resumeSession();
  }
  expect(asked).toHaveBeenCalledTimes(2);
});

test("whoever comes to this device next finds nothing of what was being written", async () => {
  kept
    .set("convoke.draft.c1", '"half a sentence"')
    .set("convoke.unsent.u1.c1.m1", "{}")
    .set("other", "stays");
  vi.stubGlobal("localStorage", {
    ...localStorage,
    get length() {
      return kept.size;
    },
    key: (at: number) => [...kept.keys()][at] ?? null,
  });
  const { logOut } = await import("../../src/identity/session.ts");
  await logOut();
  expect([...kept.keys()]).toEqual(["other"]);
});
