/** One chat that has been opened on this page: its members and its messages, kept while the page lives. */

import { type Signal, signal } from "@preact/signals";
import { device } from "../delivery/device.ts";
import { asProblem, type Problem } from "../delivery/problem.ts";
import type { ScopedEvent } from "../delivery/sequence.ts";
import { credentials, user } from "../identity/session.ts";
import { newestPage, readChat } from "./api.ts";
import type { ChatDetail, Member, Message } from "./model.ts";
import { ChatSession } from "./session.ts";
import { mark, startChat } from "./state.ts";
import { unsentIn } from "./unsent.ts";

type Stored = (message: Message, chatSeq: number) => void;

export class Conversation {
  readonly chatId: string;
  readonly detail: Signal<ChatDetail | null> = signal(null);
  readonly session: Signal<ChatSession | null> = signal(null);
  readonly problem: Signal<Problem | null> = signal(null);
  #stored: Stored;
  #loading: Promise<void> | null = null;
  /** The chat's number at the last change of itself, rather than of its messages, that an event told. */
  #told = 0;
  /** What came while the first page was on its way. */
  #early: ScopedEvent[] = [];

  constructor(chatId: string, stored: Stored) {
    this.chatId = chatId;
    this.#stored = stored;
  }

  async load(): Promise<void> {
    if (this.session.value) return;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  async #load(): Promise<void> {
    this.problem.value = null;
    try {
      const me = user.peek()?.id;
      const [detail, page] = await Promise.all([readChat(this.chatId), newestPage(this.chatId)]);
      this.detail.value = detail;
      const started = { ...startChat(this.chatId, page.items, page.seq), older: page.next_cursor };
      this.session.value = new ChatSession(mark(started, detail.members), {
        request: (action, data) => device.request(action, data),
        credentials,
        connected: () => device.state.value === "open",
        me: () => user.value?.id,
        whole: true,
        stored: this.#stored,
        ...(me ? { unsent: unsentIn(me, "chat", this.chatId, () => user.peek()?.id === me) } : {}),
      });
      for (const event of this.#early.splice(0)) this.hear(event);
      this.session.value.restore();
    } catch (error) {
      this.problem.value = asProblem(error);
    }
  }

  /** What is known may be old; so may be what is on its way. */
  async refresh(): Promise<void> {
    await this.#loading;
    const session = this.session.value;
    if (!session) return;
    await Promise.all([session.catchUp(), this.#readDetail()]);
  }

  async #readDetail(): Promise<void> {
    const told = this.#told;
    // Without it the names are those of before; the next refresh asks again.
    const detail = await readChat(this.chatId).catch(() => null);
    // What was told meanwhile may be in the answer or not.
    if (told !== this.#told) return this.#readDetail();
    if (detail) this.#put(detail);
  }

  /** An answer from before what events have told is asked for again. */
  take(detail: ChatDetail): void {
    if (detail.seq < this.#told) void this.#readDetail();
    else this.#put(detail);
  }

  #put(detail: ChatDetail): void {
    this.detail.value = detail;
    this.session.value?.marked(detail.members);
  }

  hear(event: ScopedEvent): void {
    const session = this.session.value;
    if (!session) {
      this.#early.push(event);
      return;
    }
    session.hear(event);
    if (event.event.startsWith("chat.")) this.#changed(event);
  }

  #changed({ event, data }: ScopedEvent): void {
    const detail = this.detail.value;
    const chatSeq = Number(data.chat_seq ?? 0);
    // Most have no number. What has one, and came late, is in the detail already.
    if (!detail || (chatSeq > 0 && chatSeq <= detail.seq)) return;
    this.#told = Math.max(this.#told, chatSeq);
    const changed = (data.members ?? []) as Member[];
    const gone = new Set(event === "chat.member_removed" ? changed.map((m) => m.member_id) : []);
    const ids = new Set(changed.map((m) => m.member_id));
    if (ids.size > 0) {
      const others = detail.members.filter((m) => !ids.has(m.member_id));
      const members = [...others, ...changed.filter((m) => !gone.has(m.member_id))];
      this.detail.value = { ...detail, members, member_count: members.length };
    }
    // Whether one may still write, and as what, comes with the whole.
    if (ids.has(user.value?.id ?? "")) void this.#readDetail();
    if (event === "chat.updated" || event === "chat.muted") {
      const { title, avatar_url, muted_until } = { ...detail, ...data } as ChatDetail;
      this.detail.value = { ...detail, title, avatar_url, muted_until };
    }
  }
}
