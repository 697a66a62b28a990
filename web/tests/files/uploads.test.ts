import { beforeEach, expect, test, vi } from "vitest";
import { device } from "../../src/delivery/device.ts";
import { Problem } from "../../src/delivery/problem.ts";
import * as api from "../../src/files/api.ts";
import { transfer } from "../../src/files/transfer.ts";
import { Uploads } from "../../src/files/uploads.ts";

vi.mock("../../src/files/api.ts");
vi.mock("../../src/files/transfer.ts");

const limits: api.Limits = {
  max_size: 1000,
  max_image_size: 1000,
  daily_bytes: 9000,
  daily_left: 9000,
  files_a_message: 4,
  content_types: { "text/plain": ["txt"] },
};
/** Transfers under way, by the name that the API gave: how to end each. */
const moving = new Map<string, { arrive(): void; fail(): void }>();
const handlers = new Set<(file: Partial<api.StoredFile>) => void>();
let made = 0;

const stored = (id: string, status: api.StoredFile["status"], reason: string | null = null) =>
  ({ id, status, reason }) as api.StoredFile;
const text = (name: string, content = "hello") => new File([content], name, { type: "text/plain" });
const settle = () => new Promise((done) => setTimeout(done));
const states = (uploads: Uploads) => uploads.items.value.map((item) => item.state);

beforeEach(() => {
  moving.clear();
  handlers.clear();
  made = 0;
  vi.mocked(api.readLimits).mockResolvedValue(limits);
  vi.mocked(api.startUpload).mockImplementation(async () => {
    const id = `f${++made}`;
    return { file: stored(id, "pending"), upload: { url: id, method: "PUT", headers: {} } };
  });
  vi.mocked(api.complete).mockImplementation(async (id) => stored(id, "checking"));
  vi.mocked(api.readFile).mockImplementation(async (id) => stored(id, "checking"));
  vi.mocked(api.dropFile).mockReset().mockResolvedValue(undefined);
  vi.mocked(transfer).mockImplementation((upload) => {
    let fail: (error: unknown) => void = () => undefined;
    const done = new Promise<void>((resolve, reject) => {
      fail = reject;
      moving.set(upload.url, { arrive: resolve, fail: () => reject(new Error("broken")) });
    });
    return { done, stop: () => fail(new DOMException("stopped", "AbortError")) };
  });
  vi.spyOn(device, "on").mockImplementation((_, handler) => {
    const tell = (file: Partial<api.StoredFile>) =>
      handler({ scope: "user", seq: 1, event: "file.updated", data: { file } });
    handlers.add(tell);
    return () => handlers.delete(tell);
  });
});

test("files are sent once they have arrived, whether or not their check has ended", async () => {
  const uploads = new Uploads("chat");
  expect(uploads.ready.value).toBe(true);
  uploads.add([text("a.txt"), text("b.txt")]);
  await settle();
  expect(states(uploads)).toEqual(["uploading", "uploading"]);
  expect(uploads.ready.value).toBe(false);
  for (const each of moving.values()) each.arrive();
  await settle();
  expect(states(uploads)).toEqual(["checking", "checking"]);
  expect(uploads.ready.value).toBe(true);
  expect(uploads.ids()).toEqual(["f1", "f2"]);
  for (const tell of handlers) tell(stored("f1", "ready"));
  expect(states(uploads)).toEqual(["ready", "checking"]);
  uploads.clear();
  expect(uploads.ids()).toEqual([]);
  expect(api.dropFile).not.toHaveBeenCalled();
});

test("one whose bytes have arrived is sent only when the server knows that they have", async () => {
  let known = (): void => undefined;
  vi.mocked(api.complete).mockImplementation(
    (id) => new Promise((resolve) => (known = () => resolve(stored(id, "checking")))),
  );
  const uploads = new Uploads("chat");
  uploads.add([text("a.txt")]);
  await settle();
  moving.get("f1")?.arrive();
  await settle();
  expect(uploads.ready.value).toBe(false);
  known();
  await settle();
  expect([states(uploads), uploads.ready.value]).toEqual([["checking"], true]);
});

test("what is refused holds the message back until it is taken out", async () => {
  const uploads = new Uploads();
  uploads.add([text("a.txt")]);
  await settle();
  moving.get("f1")?.arrive();
  await settle();
  for (const tell of handlers) tell(stored("f1", "refused", "infected"));
  const [item] = uploads.items.value;
  expect(item?.why).toContain("harmful");
  expect(uploads.ready.value).toBe(false);
  expect(uploads.ids()).toEqual([]);
  if (item) uploads.cancel(item);
  expect(uploads.ready.value).toBe(true);
});

test("one that breaks off is begun anew, under another name", async () => {
  const uploads = new Uploads();
  uploads.add([text("a.txt")]);
  await settle();
  moving.get("f1")?.fail();
  await settle();
  const [item] = uploads.items.value;
  expect([item?.state, item?.again]).toEqual(["failed", true]);
  if (item) uploads.retry(item);
  await settle();
  moving.get("f2")?.arrive();
  await settle();
  expect(uploads.ids()).toEqual(["f2"]);
});

test("three go at once, and a message takes only so many", async () => {
  const uploads = new Uploads();
  uploads.add(["a", "b", "c", "d", "e"].map((name) => text(`${name}.txt`)));
  await settle();
  expect(states(uploads)).toEqual(["uploading", "uploading", "uploading", "waiting", "failed"]);
  expect(uploads.items.value[4]?.again).toBe(false);
  moving.get("f1")?.arrive();
  await settle();
  expect(states(uploads)[3]).toBe("uploading");
});

test("they are begun one after the other, as they stand there: in that order they are shown", async () => {
  const begun: { name: string; answer(): void }[] = [];
  vi.mocked(api.startUpload).mockImplementation(
    ({ name }) =>
      new Promise((resolve) => {
        const upload = { url: name, method: "PUT" as const, headers: {} };
        begun.push({ name, answer: () => resolve({ file: stored(name, "pending"), upload }) });
      }),
  );
  const uploads = new Uploads();
  uploads.add([text("a.txt"), text("b.txt")]);
  await settle();
  expect(begun.map(({ name }) => name)).toEqual(["a.txt"]);
  begun[0]?.answer();
  await settle();
  expect(begun.map(({ name }) => name)).toEqual(["a.txt", "b.txt"]);
});

test("what may not be sent is not begun together with what was chosen before it", async () => {
  const uploads = new Uploads();
  uploads.add([text("a.txt")]);
  uploads.add([new File(["MZ"], "b.exe")]);
  await settle();
  expect(states(uploads)).toEqual(["uploading", "failed"]);
  expect([...moving.keys()]).toEqual(["f1"]);
});

test("one that is cancelled under way is stopped and dropped", async () => {
  const uploads = new Uploads();
  uploads.add([text("a.txt")]);
  await settle();
  const [item] = uploads.items.value;
  if (item) uploads.cancel(item);
  await settle();
  expect(uploads.items.value).toEqual([]);
  expect(api.dropFile).toHaveBeenCalledWith("f1");
});

test("the server's reason is told, and trying again may help", async () => {
  vi.mocked(api.startUpload).mockRejectedValue(
    new Problem({ type: "/problems/file_quota", status: 429, detail: "Too much today." }),
  );
  const uploads = new Uploads();
  uploads.add([text("a.txt")]);
  await settle();
  expect(uploads.items.value[0]).toMatchObject({ state: "failed", why: "Too much today.", again: true });
});
