/** The chat of a meeting: sends over the socket, shows at once, pages back through history. */

import { signal } from "@preact/signals";
import { type Credentials, call } from "../delivery/http.ts";
import { Problem } from "../delivery/problem.ts";
import type { Message, MessagePage } from "./model.ts";
import {
  arrive,
  type ChatState,
  type Draft,
  discard,
  failed,
  markRead,
  prepend,
  receive,
  sending,
  startChat,
} from "./state.ts";

interface Link {
  request<T>(action: string, data: Record<string, unknown>): Promise<T>;
  credentials: Credentials;
  connected(): boolean;
  isOwn(message: Message): boolean;
}

/** So often a message goes out again by itself. */
const TRIES = 5;

export class ChatSession {
  readonly chatId: string;
  readonly state;
  readonly loading = signal(false);
  /** The panel is open, so what arrives is being read. */
  readonly reading = signal(false);
  readonly recipient = signal<string | null>(null);
  readonly replyTo = signal<Message | null>(null);
  /** The latest message of someone else, for the toast while the panel is closed. */
  readonly latest = signal<Message | null>(null);
  #link: Link;
  /** Sent, but the connection broke before the answer: the server may have them or not. */
  #unanswered = new Map<string, Draft>();

  constructor(chatId: string, messages: Message[], link: Link) {
    this.chatId = chatId;
    this.state = signal<ChatState>(startChat(chatId, messages));
    this.#link = link;
  }

  arrived(message: Message): void {
    if (message.chat_id !== this.chatId) return;
    const own = this.#link.isOwn(message);
    this.state.value = arrive(this.state.value, message, own, this.reading.value);
    if (!own) this.latest.value = message;
  }

  open(isOpen: boolean): void {
    this.reading.value = isOpen;
    if (isOpen) this.state.value = markRead(this.state.value);
  }

  async send(content: string): Promise<void> {
    const draft: Draft = {
      clientId: crypto.randomUUID(),
      content,
      replyTo: this.replyTo.value?.id ?? null,
      recipient: this.recipient.value,
      at: Date.now(),
      failed: false,
      tries: 0,
    };
    this.replyTo.value = null;
    await this.#deliver(draft);
  }

  /** With the same client id, so that a message that did arrive is not there twice. */
  async retry(draft: Draft): Promise<void> {
    await this.#deliver({ ...draft, failed: false, tries: 0 });
  }

  /** The connection is back: what was under way goes out again. */
  resend(): void {
    const known = new Set(this.state.value.drafts.map((d) => d.clientId));
    const again = [...this.#unanswered.values()].filter((d) => known.has(d.clientId));
    this.#unanswered.clear();
    for (const draft of again) void this.#deliver(draft);
  }

  /** What was not sent before one had to join anew is sent now. */
  takeOver(before: ChatSession): void {
    for (const draft of before.state.value.drafts) {
      this.state.value = sending(this.state.value, draft);
      if (!draft.failed) this.#unanswered.set(draft.clientId, draft);
    }
    this.resend();
  }

  discard(draft: Draft): void {
    this.state.value = discard(this.state.value, draft.clientId);
  }

  async #deliver(draft: Draft): Promise<void> {
    this.state.value = sending(this.state.value, draft);
    try {
      const { message } = await this.#link.request<{ message: Message }>("chat.send", {
        chat_id: this.chatId,
        client_id: draft.clientId,
        content: draft.content,
        ...(draft.replyTo ? { reply_to: draft.replyTo } : {}),
        ...(draft.recipient ? { recipient_participant_id: draft.recipient } : {}),
      });
      this.state.value = discard(receive(this.state.value, [message]), draft.clientId);
    } catch (error) {
      this.#missed(draft, error);
    }
  }

  #missed(draft: Draft, error: unknown): void {
    const unanswered = error instanceof Problem && error.status === 0;
    if (!unanswered || draft.tries >= TRIES) {
      this.state.value = failed(this.state.value, draft.clientId);
      return;
    }
    this.#unanswered.set(draft.clientId, { ...draft, tries: draft.tries + 1 });
    if (this.#link.connected()) this.resend();
  }

  async loadOlder(): Promise<void> {
    const { older } = this.state.value;
    if (older === null || this.loading.value) return;
    this.loading.value = true;
    try {
      const query = new URLSearchParams({
        limit: "50",
        direction: "before",
        ...(older ? { cursor: older } : {}),
      });
      this.state.value = prepend(this.state.value, await this.#page(query));
    } finally {
      this.loading.value = false;
    }
  }

  /** After an absence too long to replay: the newest page again. */
  async reload(): Promise<void> {
    const page = await this.#page(new URLSearchParams({ limit: "50", direction: "before" }));
    this.state.value = prepend(this.state.value, page);
  }

  #page(query: URLSearchParams): Promise<MessagePage> {
    const path = `/v1/chats/${encodeURIComponent(this.chatId)}/messages?${query}`;
    return call<MessagePage>(path, { credentials: this.#link.credentials });
  }
}
