/** What one has written on its way to the server: in order, again after a broken connection, and after a reload. */

import { effect, type Signal } from "@preact/signals";
import { Problem } from "../delivery/problem.ts";
import { formatted } from "./markup.ts";
import type { Message } from "./model.ts";
import { type ChatState, type Draft, discard, failed, sending } from "./state.ts";
import type { Unsent } from "./unsent.ts";

/** So often a message goes out again by itself. */
const TRIES = 5;

export interface Stored {
  message: Message;
  chat_seq: number;
}

export interface OutboxLink {
  request<T>(action: string, data: Record<string, unknown>): Promise<T>;
  connected(): boolean;
  /** Where it is kept until the server has it; a guest's is not. */
  unsent?: Unsent;
}

export class Outbox {
  #state: Signal<ChatState>;
  #link: OutboxLink;
  #took: (stored: Stored) => void;
  /** Sent, but the connection broke before the answer: the server may have them or not. */
  #unanswered = new Map<string, Draft>();
  #turn: Promise<void> = Promise.resolve();

  constructor(state: Signal<ChatState>, link: OutboxLink, took: (stored: Stored) => void) {
    this.#state = state;
    this.#link = link;
    this.#took = took;
    if (link.unsent) keepIn(link.unsent, state);
  }

  /** One after the other: functions work at the same time, and the later one might be the quicker one. */
  deliver(draft: Draft): Promise<void> {
    this.#state.value = sending(this.#state.value, draft);
    this.#turn = this.#turn.then(() => this.#post(draft));
    return this.#turn;
  }

  /** The connection is back: what was under way goes out again. */
  resend(): void {
    const known = new Set(this.#state.value.drafts.map((d) => d.clientId));
    const again = [...this.#unanswered.values()].filter((d) => known.has(d.clientId));
    this.#unanswered.clear();
    for (const draft of again) void this.deliver(draft);
  }

  /** What was not sent before one had to join anew is sent now. */
  takeOver(drafts: readonly Draft[]): void {
    this.#take(drafts);
    this.resend();
  }

  /** What an earlier page has not brought to the server. A page that ends before the answer counts as a try. */
  restore(): void {
    const { messages } = this.#state.value;
    const kept = this.#link.unsent?.all() ?? [];
    const stored = new Set(messages.map((m) => m.client_id));
    for (const { clientId } of kept) if (stored.has(clientId)) this.#link.unsent?.drop(clientId);
    this.#take(
      kept
        .filter(({ clientId }) => !stored.has(clientId))
        .map((draft) => ({ ...draft, tries: draft.tries + 1, failed: draft.failed || draft.tries >= TRIES })),
    );
    if (this.#link.connected()) this.resend();
  }

  #take(drafts: readonly Draft[]): void {
    for (const draft of drafts) {
      this.#state.value = sending(this.#state.value, draft);
      if (!draft.failed) this.#unanswered.set(draft.clientId, draft);
    }
  }

  async #post(draft: Draft): Promise<void> {
    // Behind those that wait for the connection.
    if (this.#unanswered.size > 0) return void this.#unanswered.set(draft.clientId, draft);
    try {
      this.#took(await this.#link.request<Stored>("chat.send", asked(this.#state.value.chatId, draft)));
      this.#state.value = discard(this.#state.value, draft.clientId);
    } catch (error) {
      this.#missed(draft, error);
    }
  }

  #missed(draft: Draft, error: unknown): void {
    const unanswered = error instanceof Problem && error.status === 0;
    if (!unanswered || draft.tries >= TRIES) {
      this.#state.value = failed(this.#state.value, draft.clientId);
      return;
    }
    this.#unanswered.set(draft.clientId, { ...draft, tries: draft.tries + 1 });
    if (this.#link.connected()) this.resend();
  }
}

function asked(chatId: string, draft: Draft): Record<string, unknown> {
  const html = formatted(draft.content);
  return {
    chat_id: chatId,
    client_id: draft.clientId,
    content: draft.content,
    ...(html ? { formatted_content: html } : {}),
    ...(draft.replyTo ? { reply_to: draft.replyTo } : {}),
    ...(draft.recipient ? { recipient_participant_id: draft.recipient } : {}),
    ...(draft.breakout ? { breakout_id: draft.breakout.id } : {}),
    ...(draft.fileIds.length > 0 ? { file_ids: draft.fileIds } : {}),
    ...(draft.mentions.length > 0 ? { mentions: draft.mentions } : {}),
  };
}

/** Whatever changes what is under way: what is, is kept, and what is not any more is not. */
function keepIn(unsent: Unsent, state: Signal<ChatState>): void {
  let before: readonly Draft[] = [];
  effect(() => {
    const { drafts } = state.value;
    const ids = new Set(drafts.map((d) => d.clientId));
    for (const draft of drafts) if (!before.includes(draft)) unsent.keep(draft);
    for (const { clientId } of before) if (!ids.has(clientId)) unsent.drop(clientId);
    before = drafts;
  });
}
