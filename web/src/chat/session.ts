/** One chat on this page: sends over the socket, shows at once, notices what is missing, pages back. */

import { signal } from "@preact/signals";
import type { Credentials } from "../delivery/http.ts";
import type { ScopedEvent } from "../delivery/sequence.ts";
import { readPage } from "./history.ts";
import { formatted } from "./markup.ts";
import type { Breakout, Changes, Mark, Message, MessagePage } from "./model.ts";
import { Outbox, type OutboxLink, type Stored } from "./outbox.ts";
import {
  arrive,
  type ChatState,
  change,
  type Draft,
  discard,
  fill,
  hasHole,
  mark,
  markRead,
  note,
  prepend,
  receive,
} from "./state.ts";
import { Typing } from "./typing.ts";

export interface ChatLink extends OutboxLink {
  credentials: Credentials;
  /** One's own member id: the account's, in a meeting the participant's. */
  me(): string | undefined;
  /** Every change of the chat is told to everybody in it; a meeting's private messages are not. */
  whole: boolean;
  /** What the answer to an own action says: the event of it may go to the other devices alone. */
  stored?(message: Message, chatSeq: number): void;
}

/** Events of different senders overtake each other by milliseconds; only a lasting hole is repaired. */
export const HOLE_MS = 400;
/** After a longer absence the newest page is quicker than all that has happened. */
const SYNC_ROUNDS = 4;
/** How many pages a jump to an earlier message loads at most. */
const JUMP_PAGES = 20;

export class ChatSession {
  readonly chatId: string;
  readonly state;
  readonly loading = signal(false);
  /** It is in sight, so what arrives is being read. */
  readonly reading = signal(false);
  readonly recipient = signal<string | null>(null);
  /** The breakout room that one is in: what one writes goes there, unless `toAll` or to one person. */
  readonly breakout = signal<Breakout | null>(null);
  readonly toAll = signal(false);
  readonly replyTo = signal<Message | null>(null);
  readonly editing = signal<Message | null>(null);
  readonly typing = new Typing();
  /** The latest message of someone else, for the toast while the panel is closed. */
  readonly latest = signal<Message | null>(null);
  #link: ChatLink;
  #outbox: Outbox;
  #older: Promise<void> | null = null;
  /** What was said in a room before one came has still to be loaded. */
  #lacking = false;
  #reloads = 0;
  #holeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(state: ChatState, link: ChatLink) {
    this.chatId = state.chatId;
    this.state = signal<ChatState>(state);
    this.#link = link;
    this.#outbox = new Outbox(this.state, link, (stored) => this.#took(stored));
  }

  get me(): string | undefined {
    return this.#link.me();
  }

  isOwn(message: Message): boolean {
    const { participant_id, user_id } = message.sender;
    return this.me !== undefined && (participant_id === this.me || user_id === this.me);
  }

  /** `message.created` */
  arrived(message: Message, chatSeq: number): void {
    if (message.chat_id !== this.chatId) return;
    const own = this.isOwn(message);
    const known = this.state.value.messages.some((m) => m.id === message.id);
    const how = { own, reading: this.reading.value, chatSeq };
    this.#show(arrive(this.state.value, message, how), chatSeq);
    this.typing.stopped(message.sender.user_id ?? message.sender.participant_id ?? "");
    if (!own && !known) this.latest.value = message;
  }

  /** `message.updated`, and the answers to one's own changes. */
  changed(message: Message, chatSeq: number): void {
    if (message.chat_id === this.chatId) this.#show(change(this.state.value, message, chatSeq), chatSeq);
  }

  /** Another change of the chat, such as one of its members. */
  noted(chatSeq: number): void {
    this.#show(note(this.state.value, chatSeq), chatSeq);
  }

  marked(marks: readonly Mark[]): void {
    this.state.value = mark(this.state.value, marks);
  }

  /** An event of this chat that this class knows what to do with. */
  hear({ event, data }: ScopedEvent): void {
    const chatSeq = Number(data.chat_seq ?? 0);
    if (event === "message.created") this.arrived(data.message as Message, chatSeq);
    else if (event === "message.updated") this.changed(data.message as Message, chatSeq);
    else if (event === "chat.read") this.marked([data as unknown as Mark]);
    else if (event === "chat.typing" && data.chat_id === this.chatId) this.typing.heard(data, this.me);
    else if (chatSeq) this.noted(chatSeq);
  }

  /** Those of who is in this chat: an account's, or a guest's. */
  get credentials(): Credentials {
    return this.#link.credentials;
  }

  /** One was brought into a breakout room, or back: what was said there before one came is loaded. */
  moved(room: Breakout | null): void {
    if (room?.id === this.breakout.value?.id) return;
    this.breakout.value = room;
    this.toAll.value = false;
    if (!room) return;
    this.#lacking = true;
    void this.reload();
  }

  /** Others see that something is being written. Nothing depends on it. */
  tellTyping(): void {
    const apart = this.recipient.value || (this.breakout.value && !this.toAll.value);
    if (apart || !this.#link.connected() || !this.typing.due()) return;
    this.#link.request("chat.typing", { chat_id: this.chatId }).catch(() => undefined);
  }

  open(isOpen: boolean): void {
    this.reading.value = isOpen;
    if (isOpen) this.state.value = markRead(this.state.value);
  }

  async send(
    content: string,
    fileIds: readonly string[] = [],
    mentions: readonly string[] = [],
  ): Promise<void> {
    const draft: Draft = {
      clientId: crypto.randomUUID(),
      content,
      replyTo: this.replyTo.value?.id ?? null,
      recipient: this.recipient.value,
      breakout: this.recipient.value || this.toAll.value ? null : this.breakout.value,
      fileIds,
      mentions,
      at: Date.now(),
      failed: false,
      tries: 0,
    };
    this.replyTo.value = null;
    await this.#outbox.deliver(draft);
  }

  /** With the same client id, so that a message that did arrive is not there twice. */
  async retry(draft: Draft): Promise<void> {
    await this.#outbox.deliver({ ...draft, failed: false, tries: 0 });
  }

  /** The connection is back: what was under way goes out again. */
  resend(): void {
    if (this.#lacking) void this.reload();
    this.#outbox.resend();
  }

  /** What was not sent before one had to join anew is sent now. */
  takeOver(before: ChatSession): void {
    this.#outbox.takeOver(before.state.value.drafts);
  }

  /** What was not sent before the page was loaded anew is sent now. */
  restore(): void {
    this.#outbox.restore();
  }

  discard({ clientId }: Pick<Draft, "clientId">): void {
    this.state.value = discard(this.state.value, clientId);
  }

  edit(message: Message, content: string, mentions: readonly string[] = []): Promise<void> {
    const data = { message_id: message.id, content, formatted_content: formatted(content), mentions };
    return this.#act("chat.edit", data);
  }

  remove(message: Message): Promise<void> {
    return this.#act("chat.delete", { message_id: message.id });
  }

  react(message: Message, emoji: string, on: boolean): Promise<void> {
    return this.#act("chat.react", { message_id: message.id, emoji, on });
  }

  async #act(action: string, data: Record<string, unknown>): Promise<void> {
    const stored = await this.#link.request<Stored>(action, { chat_id: this.chatId, ...data });
    this.#took(stored);
  }

  #took({ message, chat_seq }: Stored): void {
    this.changed(message, chat_seq);
    this.#link.stored?.(message, chat_seq);
  }

  #show(state: ChatState, chatSeq: number): void {
    this.state.value = this.#link.whole ? state : fill(state, [], chatSeq);
    if (!hasHole(this.state.value)) return;
    this.#holeTimer ??= setTimeout(() => {
      this.#holeTimer = undefined;
      if (hasHole(this.state.value)) void this.catchUp();
    }, HOLE_MS);
  }

  /** All that has changed since the last number known. What fails is asked for again after the next event. */
  async catchUp(): Promise<void> {
    if (await this.#sync()) return;
    await this.reload();
  }

  /** Whether one is through with it: not where there is more than is worth following. */
  async #sync(): Promise<boolean> {
    for (let round = 0; round < SYNC_ROUNDS; round++) {
      const changes = await this.#changes();
      if (!changes) return true;
      const upTo = changes.next_after ?? changes.seq;
      this.marked(changes.marks);
      this.state.value = fill(this.state.value, changes.items, upTo);
      if (changes.next_after === null) return true;
    }
    return false;
  }

  #changes(): Promise<Changes | null> {
    const data = { chat_id: this.chatId, after_seq: this.state.value.seq };
    return this.#link.request<Changes>("chat.sync", data).catch(() => null);
  }

  /** One page at a time: who asks meanwhile waits for the same one. */
  loadOlder(): Promise<void> {
    this.#older ??= this.#loadOlder().finally(() => {
      this.#older = null;
    });
    return this.#older;
  }

  async #loadOlder(): Promise<void> {
    const { older } = this.state.value;
    if (older === null) return;
    this.loading.value = true;
    try {
      const page = await this.#page(older);
      // After a reload meanwhile this page would not join what is there.
      if (this.state.value.older === older) this.state.value = prepend(this.state.value, page);
    } finally {
      this.loading.value = false;
    }
  }

  /** Have an earlier message at hand, if it is not too far back; whether it is. */
  async reach(id: string): Promise<boolean> {
    const there = () => this.state.value.messages.some((m) => m.id === id);
    for (let page = 0; page < JUMP_PAGES && !there() && this.state.value.older !== null; page++)
      await this.loadOlder();
    return there();
  }

  /** After an absence too long to replay: the newest page and nothing else, since between there may be holes. */
  async reload(): Promise<void> {
    const turn = ++this.#reloads;
    const page = await this.#page(undefined).catch(() => null);
    // Of two the later counts: the earlier was perhaps read before one was let into a room.
    if (!page || turn !== this.#reloads) return;
    this.#lacking = false;
    const { chatId, drafts, unread, marks } = this.state.value;
    const empty = { chatId, drafts, unread, marks, messages: [], ahead: [], seq: page.seq };
    this.state.value = receive({ ...empty, older: page.next_cursor }, page.items);
    // What was told while the page was on its way is not on it.
    await this.#sync();
  }

  #page(cursor: string | undefined): Promise<MessagePage> {
    return readPage(this.chatId, cursor, this.#link.credentials);
  }
}
