/** Files on their way to a message: chosen, uploaded, checked; one list for each place where one writes. */

import { computed, signal } from "@preact/signals";
import { device } from "../delivery/device.ts";
import { asProblem, Problem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { whyNot } from "../ui/parts.tsx";
import {
  complete,
  dropFile,
  type Limits,
  readFile,
  readLimits,
  type StoredFile,
  startUpload,
} from "./api.ts";
import { typeOf, whyNotSend } from "./size.ts";
import { type Transfer, transfer } from "./transfer.ts";

const words = text.files;
const AT_ONCE = 3;
const LIMITS_MS = 60_000;

export interface Item {
  key: number;
  file: File;
  /** An image as the browser has it, until the message has its own small one. */
  preview: string | null;
  state: "waiting" | "uploading" | "checking" | "ready" | "failed" | "refused";
  /** From 0 to 1. */
  progress: number;
  id: string | null;
  why: string | null;
  /** Trying again may help. */
  again: boolean;
}

let lastKey = 0;
let known: { limits: Promise<Limits>; at: number } | null = null;

/** What may be uploaded, asked for at most once a minute. */
export function currentLimits(): Promise<Limits> {
  if (!known || Date.now() - known.at > LIMITS_MS) {
    const limits = readLimits();
    known = { limits, at: Date.now() };
    limits.catch(() => {
      known = null;
    });
  }
  return known.limits;
}

export class Uploads {
  readonly items = signal<Item[]>([]);
  /** Nothing is under way, and nothing has failed that one may think is sent. */
  readonly ready = computed(() =>
    this.items.value.every((item) => item.state === "checking" || item.state === "ready"),
  );
  #chatId: string | undefined;
  #transfers = new Map<number, Transfer>();
  /** Known to be what may be sent. */
  #admitted = new Set<number>();
  #begun: Promise<unknown> = Promise.resolve();
  #off: () => void;

  /** `chatId`: where they will be sent, where that is known. */
  constructor(chatId?: string) {
    this.#chatId = chatId;
    this.#off = device.on("file.updated", (event) => this.#updated(event.data.file as StoredFile));
  }

  add(chosen: Iterable<File>): void {
    const made = [...chosen].map((file) => newItem(file));
    if (made.length === 0) return;
    this.items.value = [...this.items.value, ...made];
    void this.#admit(made);
  }

  cancel(item: Item): void {
    this.#transfers.get(item.key)?.stop();
    this.#forget(item);
    this.items.value = this.items.value.filter((other) => other.key !== item.key);
    // Otherwise it goes by itself within a day.
    if (item.id) dropFile(item.id).catch(() => undefined);
    this.#pump();
  }

  retry(item: Item): void {
    this.#change(item.key, { state: "waiting", progress: 0, why: null, id: null });
    void this.#admit([item]);
  }

  /** What a message is sent with. */
  ids(): string[] {
    return this.items.value.flatMap((item) => (item.id && isSendable(item) ? [item.id] : []));
  }

  /** They are sent. */
  clear(): void {
    for (const item of this.items.value) this.#forget(item);
    this.items.value = [];
  }

  /** The place where one writes is gone; what was not sent goes by itself. */
  end(): void {
    for (const each of this.#transfers.values()) each.stop();
    this.clear();
    this.#off();
  }

  async #admit(made: readonly Item[]): Promise<void> {
    try {
      const limits = await currentLimits();
      for (const item of made) {
        const place = this.items.value.findIndex((other) => other.key === item.key);
        const why =
          place >= limits.files_a_message
            ? words.tooMany(limits.files_a_message)
            : whyNotSend(item.file, limits);
        if (why) this.#change(item.key, { state: "failed", why, again: false });
        else this.#admitted.add(item.key);
      }
      this.#pump();
    } catch (error) {
      for (const item of made) this.#fail(item.key, whyNot(asProblem(error)));
    }
  }

  #pump(): void {
    const free = AT_ONCE - this.items.value.filter((item) => item.state === "uploading").length;
    const ready = this.items.value.filter(({ key, state }) => state === "waiting" && this.#admitted.has(key));
    for (const item of ready.slice(0, Math.max(0, free))) {
      this.#change(item.key, { state: "uploading" });
      void this.#upload(item).finally(() => this.#pump());
    }
  }

  async #upload({ key, file }: Item): Promise<void> {
    try {
      const started = await this.#begin(file);
      const id = started.file.id;
      if (!this.#has(key)) return void dropFile(id).catch(() => undefined);
      this.#change(key, { id });
      const moving = transfer(started.upload, file, (progress) => this.#change(key, { progress }));
      this.#transfers.set(key, moving);
      await moving.done;
      // Only with this answer may it be sent: before, the server knows of no bytes that have arrived.
      this.#updated(await complete(id));
      // The event that told the outcome may have come before the answer.
      this.#updated(await readFile(id));
    } catch (error) {
      const stopped = error instanceof DOMException && error.name === "AbortError";
      if (!stopped) this.#fail(key, error instanceof Problem ? reasonOf(error) : words.broken);
    } finally {
      this.#transfers.delete(key);
    }
  }

  /** One after the other: files stand in a message in the order in which their uploads were begun. */
  #begin(file: File): ReturnType<typeof startUpload> {
    const begun = this.#begun.then(async () => {
      const type = typeOf(file, await currentLimits()) ?? "";
      const place = this.#chatId ? { chat_id: this.#chatId } : {};
      return startUpload({ name: file.name, size: file.size, content_type: type, ...place });
    });
    this.#begun = begun.catch(() => undefined);
    return begun;
  }

  #updated(file: StoredFile): void {
    const item = this.items.value.find((other) => other.id === file.id);
    if (!item || item.state === "ready" || item.state === "refused") return;
    if (file.status === "checking") this.#change(item.key, { progress: 1, state: "checking" });
    if (file.status === "ready") this.#change(item.key, { state: "ready" });
    if (file.status === "refused") {
      const why = words.refused[file.reason ?? ""] ?? words.refusedPlain;
      this.#change(item.key, { state: "refused", why, again: false });
    }
  }

  #fail(key: number, why: string): void {
    this.#change(key, { state: "failed", why, again: true });
  }

  #has(key: number): boolean {
    return this.items.value.some((item) => item.key === key);
  }

  #change(key: number, change: Partial<Item>): void {
    this.items.value = this.items.value.map((item) => (item.key === key ? { ...item, ...change } : item));
  }

  #forget(item: Item): void {
    if (item.preview) URL.revokeObjectURL(item.preview);
  }
}

/** A day's limit is told as what it is, not as asking too often. */
const reasonOf = (problem: Problem): string =>
  problem.slug === "file_quota" ? problem.detail : whyNot(problem);

const isSendable = (item: Item): boolean => item.state === "checking" || item.state === "ready";

function newItem(file: File): Item {
  const shown = /^image\/(png|jpeg|gif|webp)$/.test(file.type);
  return {
    key: ++lastKey,
    file,
    preview: shown ? URL.createObjectURL(file) : null,
    state: "waiting",
    progress: 0,
    id: null,
    why: null,
    again: false,
  };
}
