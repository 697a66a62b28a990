/**
 * One person's way through one meeting: found, joined, waiting, in it, gone. Holds the socket, the media and
 * what is known of the room; pages only show it and call its methods.
 */

import { computed, signal } from "@preact/signals";
import type { Message } from "../chat/model.ts";
import { ChatSession } from "../chat/session.ts";
import { asProblem, Problem } from "../delivery/problem.ts";
import type { ScopedEvent } from "../delivery/sequence.ts";
import { type ResumeReply, Socket, type SocketState, type Ticket } from "../delivery/socket.ts";
import { openWire } from "../delivery/wire.ts";
import { cameraQuality } from "../media/capture.ts";
import { LocalMedia } from "../media/local.ts";
import { markJoin } from "../media/marks.ts";
import { MediaSession } from "../media/session.ts";
import { text } from "../text.ts";
import { clearToasts, toast } from "../ui/toasts.ts";
import { findMeeting, freshTicket, joinMeeting, visitor } from "./api.ts";
import { isModerator, type JoinReply, type Meeting, mayPublish, type Role } from "./model.ts";
import { OwnState } from "./own.ts";
import type { GoneReason, JoinedReply, MediaReply, Stage } from "./stages.ts";
import {
  type CatchUp,
  catchUp,
  expireReactions,
  REACTION_MS,
  type RoomState,
  reduce,
  startRoom,
} from "./state.ts";

const LOBBY_RETRY_MS = 15_000;

export class MeetingSession {
  readonly reference: string;
  readonly stage = signal<Stage>({ at: "loading" });
  readonly meeting = signal<Meeting | null>(null);
  readonly room = signal<RoomState | null>(null);
  readonly chat = signal<ChatSession | null>(null);
  readonly socketState = signal<SocketState>("connecting");
  /** The join under way, or why the last one failed. */
  readonly joining = signal(false);
  readonly problem = signal<Problem | null>(null);
  readonly local: LocalMedia;
  readonly media: MediaSession;
  readonly self = computed(() => this.room.value?.participants.get(this.room.value.selfId) ?? null);
  readonly moderator = computed(() => isModerator(this.self.value?.role));
  readonly own: OwnState;
  readonly mayPublish = computed(() => mayPublish(this.self.value?.role));
  readonly others = computed(() => {
    const room = this.room.value;
    return room ? [...room.participants.values()].filter((p) => p.id !== room.selfId) : [];
  });
  #socket: Socket | null = null;
  #entry: JoinReply | null = null;
  #answers: { display_name?: string; password?: string } = {};
  #entering = false;
  #hushed = false;
  #ending = false;
  #lobbyTimer: ReturnType<typeof setInterval> | undefined;

  constructor(reference: string) {
    this.reference = reference;
    const phone = matchMedia("(pointer: coarse) and (max-width: 900px)").matches;
    const quality = cameraQuality(navigator.hardwareConcurrency || 4, phone);
    this.local = new LocalMedia(quality);
    this.media = new MediaSession(
      {
        connect: async (publish) => (await this.request<MediaReply>("media.connect", { publish })).media,
        restart: async (publish) => (await this.request<MediaReply>("media.restart", { publish })).media,
      },
      quality,
    );
    this.own = new OwnState(this.room, this.self, this.local, (change) =>
      this.request("participant.update", change),
    );
    this.local.onLost = (kind) => void this.own.lost(kind);
    this.local.attach((type, track, active) => void this.media.publish(type, track, active));
    addEventListener("online", this.#networkChanged);
    addEventListener("pagehide", this.#pageHidden);
  }

  async load(): Promise<void> {
    try {
      const meeting = await findMeeting(this.reference);
      this.meeting.value = meeting;
      if (meeting.status === "ended") this.stage.value = { at: "gone", reason: "ended" };
      else if (meeting.status === "cancelled") this.stage.value = { at: "gone", reason: "cancelled" };
      else this.stage.value = { at: "prejoin" };
    } catch (error) {
      this.stage.value = { at: "missing", problem: asProblem(error) };
    }
  }

  /** The join click. Everything that can go on at the same time does. */
  async join(answers: { display_name?: string; password?: string }): Promise<void> {
    if (this.joining.value) return;
    this.joining.value = true;
    this.problem.value = null;
    this.#answers = answers;
    markJoin();
    if (this.stage.value.at === "prejoin") this.local.keepChoice();
    this.media.prepare();
    try {
      this.#admit(await joinMeeting(this.reference, answers));
      await this.#enter();
    } catch (error) {
      this.#refused(asProblem(error));
    } finally {
      this.joining.value = false;
    }
  }

  /** Rejoin from the page one lands on after leaving, or after the connection was away for too long. */
  async rejoin(): Promise<void> {
    this.stage.value = { at: "loading" };
    await this.load();
  }

  request<T>(action: string, data: Record<string, unknown> = {}): Promise<T> {
    if (!this.#socket) return Promise.reject(new Problem({ title: text.errors.closed }));
    return this.#socket.request<T>(action, data);
  }

  leave(): void {
    this.#gone("left", "leave");
  }

  async endForAll(): Promise<void> {
    // The event of the end may come before the answer.
    this.#ending = true;
    try {
      await this.request("meeting.end");
    } catch (error) {
      this.#ending = false;
      if (this.stage.value.at === "in") throw error;
    }
    if (this.stage.value.at === "in") this.#gone("ended_by_you");
  }

  dispose(): void {
    removeEventListener("online", this.#networkChanged);
    removeEventListener("pagehide", this.#pageHidden);
    if (this.stage.value.at === "in" || this.stage.value.at === "waiting") this.leave();
    this.#close();
    this.local.stop();
  }

  #admit(entry: JoinReply): void {
    this.#entry = entry;
    this.meeting.value = { ...this.meeting.value, ...entry.meeting };
    this.media.useServers(entry.ice_servers ?? []);
    this.#hushOnEntry(entry.role, entry.meeting);
    const before = this.#socket;
    this.#socket = null;
    before?.close();
    const socket = new Socket({
      open: openWire,
      ticket: () => this.#ticket(),
      onEvent: (event) => this.#event(event),
      onState: (state) => socket === this.#socket && this.#socketChanged(state),
      resumeWith: () => (this.stage.value.at === "in" ? { participant_id: entry.participant_id } : null),
      onResumed: (reply) => this.#resumed(reply),
    });
    this.#socket = socket;
    this.socketState.value = socket.state;
    socket.connect({ endpoint: entry.controller.endpoint, ticket: entry.ticket });
  }

  /** Before the offer is made, so that not a word gets out; someone in the lobby learns the settings later. */
  #hushOnEntry(role: Role, meeting: Meeting): void {
    if (!mayPublish(role)) {
      void this.local.setMicrophone(false);
      void this.local.setCamera(false);
    } else if (meeting.settings.mute_on_entry && !isModerator(role) && this.local.micOn.value) {
      void this.local.setMicrophone(false);
      this.#hushed = true;
    }
  }

  /** A fresh one-time ticket after a lost connection. In the lobby only a join's ticket names the participant. */
  async #ticket(): Promise<Ticket> {
    if (this.stage.value.at === "in") return freshTicket(this.reference, this.#entry as JoinReply);
    this.#entry = await joinMeeting(this.reference, this.#answers);
    return { ticket: this.#entry.ticket, endpoint: this.#entry.controller.endpoint };
  }

  /** Ask to come in with the media offer; in the lobby the answer is to wait. */
  async #enter(): Promise<void> {
    if (this.#entering) return;
    this.#entering = true;
    try {
      const publish = await this.media.offer();
      this.#joined(await this.request<JoinedReply>("join", { publish }));
    } catch (error) {
      const problem = asProblem(error);
      if (problem.slug !== "waiting") throw problem;
      this.#wait();
    } finally {
      this.#entering = false;
    }
  }

  #wait(): void {
    this.stage.value = { at: "waiting" };
    // The verdict comes as an event; asking again covers the one that got lost.
    this.#lobbyTimer ??= setInterval(() => this.#knock(), LOBBY_RETRY_MS);
  }

  #knock(): void {
    if (this.stage.value.at === "waiting") this.#enter().catch((error) => this.#refused(asProblem(error)));
  }

  #joined(reply: JoinedReply): void {
    clearInterval(this.#lobbyTimer);
    this.#lobbyTimer = undefined;
    clearToasts();
    this.meeting.value = reply.meeting;
    this.room.value = startRoom(reply);
    this.chat.value = reply.chat ? this.#chatWith(reply.chat) : null;
    this.stage.value = { at: "in" };
    for (const [scope, seq] of Object.entries(reply.scopes)) {
      for (const event of this.#socket?.sequence.begin(scope, seq) ?? []) this.#event(event);
    }
    this.#hushOnEntry(reply.self.role, reply.meeting);
    if (this.#hushed) toast(text.meeting.mutedOnEntry);
    this.#hushed = false;
    void this.media.begin(reply.media);
    void this.own.tell();
  }

  #chatWith(chat: NonNullable<JoinedReply["chat"]>): ChatSession {
    return new ChatSession(chat.chat_id, chat.messages, {
      request: (action, data) => this.request(action, data),
      credentials: visitor(this.reference),
      isOwn: (message) => message.sender.participant_id === this.room.value?.selfId,
    });
  }

  #event(event: ScopedEvent): void {
    const { data } = event;
    if (data.meeting_id !== undefined && data.meeting_id !== this.meeting.value?.id) return;
    if (event.event === "message.created") {
      this.chat.value?.arrived(data.message as Message);
      return;
    }
    const mine = this.#entry?.participant_id;
    if (event.scope === "user" && data.participant_id === mine) return this.#verdict(event.event);
    const room = this.room.value;
    if (!room) return;
    if (event.event === "participant.left" && data.participant_id === mine)
      return this.#putOut(String(data.reason ?? ""));
    this.room.value = reduce(room, event, Date.now());
    if (event.event === "meeting.updated") this.meeting.value = this.room.value.meeting;
    if (event.event === "meeting.ended") this.#gone(this.#ending ? "ended_by_you" : "ended");
    if (event.event === "reaction") setTimeout(() => this.#fade(), REACTION_MS + 50);
  }

  /** Events to this person about themselves. */
  #verdict(event: string): void {
    switch (event) {
      case "lobby.admitted":
        return this.#knock();
      case "lobby.denied":
        return this.#gone("denied");
      case "participant.removed":
        return this.#gone("removed");
      case "mute.requested":
        toast(text.meeting.mutedByHost);
        void this.own.setMicrophone(false);
    }
  }

  #putOut(reason: string): void {
    if (reason === "kicked") this.#gone("removed");
    else if (reason === "meeting_ended") this.#gone("ended");
    else if (reason === "voluntary") this.#gone("left");
    else void this.#return();
  }

  #fade(): void {
    if (this.room.value) this.room.value = expireReactions(this.room.value, Date.now());
  }

  #socketChanged(state: SocketState): void {
    const before = this.socketState.value;
    this.socketState.value = state;
    if (state === "closed" && this.stage.value.at !== "gone") this.#gone("lost");
    if (state !== "open" || before !== "reconnecting") return;
    if (this.stage.value.at === "waiting") this.#knock();
    if (this.stage.value.at === "in") {
      toast(text.meeting.reconnected);
      void this.own.tell();
    }
  }

  #resumed(reply: ResumeReply): void {
    const room = this.room.value;
    if (!room) return;
    if (reply.self === null) {
      void this.#return();
      return;
    }
    if (reply.meeting) this.meeting.value = { ...this.meeting.value, ...(reply.meeting as Meeting) };
    this.room.value = catchUp(room, reply as CatchUp);
    const chat = this.chat.value;
    if (chat && reply.scopes?.[`chat:${chat.chatId}`]?.reload) void chat.reload();
  }

  /** The server has given this participant up (away for too long): come in again by the front door. */
  async #return(): Promise<void> {
    this.media.stop();
    this.room.value = null;
    this.stage.value = { at: "returning" };
    await this.join(this.#answers);
  }

  #refused(problem: Problem): void {
    if (problem.slug === "meeting_ended") return this.#gone("ended");
    if (this.stage.value.at === "waiting" && problem.status === 0) return;
    if (this.stage.value.at === "returning" && problem.status === 0) return this.#gone("lost");
    this.#close();
    this.problem.value = problem;
    this.stage.value = { at: "prejoin" };
  }

  #gone(reason: GoneReason, lastWord?: string): void {
    clearToasts();
    this.stage.value = { at: "gone", reason };
    this.#close(lastWord);
    this.local.stopScreen();
    this.local.release();
    this.room.value = null;
    this.chat.value = null;
  }

  #close(lastWord?: string): void {
    clearInterval(this.#lobbyTimer);
    this.#lobbyTimer = undefined;
    this.media.stop();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    if (!lastWord || socket.state !== "open") return socket.close();
    // Closing before the answer would race with it on the server, and look like a lost connection.
    socket
      .request(lastWord, {})
      .catch(() => undefined)
      .finally(() => socket.close());
  }

  #networkChanged = (): void => {
    this.#socket?.hurry();
    this.media.renew();
  };

  /** Closing the tab is leaving: others see it at once, not after the grace for lost connections. */
  #pageHidden = (event: PageTransitionEvent): void => {
    if (!event.persisted && this.#socket?.state === "open") void this.request("leave").catch(() => undefined);
  };
}
