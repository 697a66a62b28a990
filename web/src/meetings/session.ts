/**
 * One person's way through one meeting: found, joined, waiting, in it, gone. Holds the socket, the media and
 * what is known of the room; pages only show it and call its methods.
 */

import { signal } from "@preact/signals";
import type { ChatSession } from "../chat/session.ts";
import { asProblem, type Problem } from "../delivery/problem.ts";
import type { ScopedEvent } from "../delivery/sequence.ts";
import type { ResumeReply, SocketState } from "../delivery/socket.ts";
import { cameraQuality, isPhone } from "../media/capture.ts";
import { LocalMedia } from "../media/local.ts";
import { mark, markJoin } from "../media/marks.ts";
import { MediaSession } from "../media/session.ts";
import { text } from "../text.ts";
import { clearToasts, toast } from "../ui/toasts.ts";
import { findMeeting } from "./api.ts";
import { BreakoutWatch } from "./breakouts.ts";
import { type Answers, type Door, Entrance } from "./entrance.ts";
import { consequenceOf } from "./events.ts";
import { Line } from "./line.ts";
import { meetingChat } from "./meeting_chat.ts";
import type { JoinReply, Meeting } from "./model.ts";
import { OwnState } from "./own.ts";
import { Roster } from "./roster.ts";
import { type GoneReason, type JoinedReply, type MediaReply, type Stage, stageBefore } from "./stages.ts";
import type { CatchUp } from "./state.ts";

export class MeetingSession {
  readonly reference: string;
  readonly stage = signal<Stage>({ at: "loading" });
  readonly meeting = signal<Meeting | null>(null);
  readonly chat = signal<ChatSession | null>(null);
  /** The join under way, or why the last one failed. */
  readonly joining = signal(false);
  readonly problem = signal<Problem | null>(null);
  readonly local: LocalMedia;
  readonly media: MediaSession;
  readonly own: OwnState;
  readonly line: Line;
  readonly roster: Roster;
  readonly breakouts: BreakoutWatch;
  #entrance: Entrance;
  #entering = false;
  #ending = false;
  #disposed = false;

  /** `door`: where to ask for a place, if not at the meeting's own (a call's room is let into by the call). */
  constructor(reference: string, door?: Door) {
    this.reference = reference;
    this.roster = new Roster(reference);
    this.#entrance = new Entrance(reference, door);
    const quality = cameraQuality(navigator.hardwareConcurrency || 4, isPhone());
    this.local = new LocalMedia(quality);
    this.line = new Line({
      ticket: () => this.#entrance.freshTicket(this.stage.value.at === "in"),
      onEvent: (event) => this.#event(event),
      onState: (state, before) => this.#lineChanged(state, before),
      resumeWith: () => this.#resumeWith(),
      onResumed: (reply) => this.#resumed(reply),
      onElsewhere: () => this.stage.value.at === "in" && this.#gone("elsewhere"),
    });
    this.media = new MediaSession(
      async (action, publish) => (await this.request<MediaReply>(action, { publish })).media,
      quality,
    );
    this.own = new OwnState(this.roster, this.local, (change) => this.request("participant.update", change));
    this.breakouts = new BreakoutWatch(
      this.roster,
      (room) => {
        this.media.move();
        this.chat.value?.moved(room);
      },
      () => this.request("breakout.expire"),
    );
    // Who joins while the devices are still starting is shown as muted and unseen until then.
    this.local.onStarted = () => void this.own.tell();
    this.local.onLost = (kind) => void this.own.lost(kind);
    this.local.attach((type, track, active) => void this.media.publish(type, track, active));
    addEventListener("online", this.#networkChanged);
    addEventListener("pagehide", this.#pageHidden);
  }

  async load(): Promise<void> {
    try {
      const meeting = await findMeeting(this.reference);
      this.meeting.value = meeting;
      this.stage.value = stageBefore(meeting);
    } catch (error) {
      this.stage.value = { at: "missing", problem: asProblem(error) };
    }
  }

  /** The join click. Everything that can go on at the same time does. */
  async join(answers?: Answers): Promise<void> {
    if (this.joining.value) return;
    this.joining.value = true;
    this.problem.value = null;
    markJoin();
    if (this.stage.value.at === "prejoin") this.local.keepChoice();
    this.media.prepare();
    try {
      const entry = await this.#entrance.ask(answers);
      if (this.#left) return;
      this.#admit(entry);
      await this.#enter();
    } catch (error) {
      this.#refused(asProblem(error));
    } finally {
      this.joining.value = false;
    }
  }

  /** Rejoin from the page one lands on after leaving, or after the connection was away for too long. */
  rejoin(): Promise<void> {
    this.stage.value = { at: "loading" };
    return this.load();
  }

  /** Take the place back from the window or device that has taken it over. */
  async useHere(): Promise<void> {
    this.stage.value = { at: "returning" };
    await this.local.start();
    await this.join();
  }

  request<T>(action: string, data: Record<string, unknown> = {}): Promise<T> {
    return this.line.request<T>(action, data);
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
    this.#disposed = true;
    removeEventListener("online", this.#networkChanged);
    removeEventListener("pagehide", this.#pageHidden);
    if (this.stage.value.at === "in" || this.stage.value.at === "waiting") this.leave();
    this.#close();
    this.local.stop();
  }

  #admit(entry: JoinReply): void {
    mark("admitted");
    this.meeting.value = { ...this.meeting.value, ...entry.meeting };
    this.media.useServers(entry.ice_servers ?? []);
    this.own.hushOnEntry(entry.role, entry.meeting);
    this.#entrance.open(this.line, entry);
  }

  #resumeWith(): Record<string, unknown> | null {
    return this.#entrance.resumeWith(this.stage.value.at);
  }

  /** Ask to come in with the media offer; in the lobby the answer is to wait. */
  async #enter(): Promise<void> {
    if (this.#entering) return;
    this.#entering = true;
    try {
      const [publish, seat] = await Promise.all([this.media.offer(), this.#entrance.seat()]);
      const reply = await this.request<JoinedReply>("join", { publish, ...seat });
      if (!this.#left) this.#joined(reply);
    } catch (error) {
      const problem = asProblem(error);
      if (problem.slug !== "waiting") throw problem;
      this.#wait();
    } finally {
      this.#entering = false;
    }
  }

  /** Whoever has left while something was being asked for is not brought back by the answer. */
  get #left(): boolean {
    return this.#disposed || this.stage.value.at === "gone";
  }

  #wait(): void {
    if (this.#left) return;
    this.stage.value = { at: "waiting" };
    // The verdict comes as an event; asking again covers the one that got lost.
    this.#entrance.keepAsking(() => this.#knock());
  }

  #knock(): void {
    if (this.stage.value.at !== "waiting") return;
    this.#enter().catch((error) => this.joining.value || this.#refused(asProblem(error)));
  }

  #joined(reply: JoinedReply): void {
    mark("entered");
    this.#entrance.stopAsking();
    clearToasts();
    this.meeting.value = reply.meeting;
    this.roster.start(reply);
    this.breakouts.entered();
    this.chat.value = meetingChat(reply.chat, this, this.chat.value);
    this.stage.value = { at: "in" };
    this.line.begin(reply.scopes);
    this.own.hushOnEntry(reply.self.role, reply.meeting);
    void this.media.begin(reply.media);
    this.own.entered();
  }

  #event(event: ScopedEvent): void {
    const { participantId } = this.#entrance;
    const consequence = consequenceOf(event, { meetingId: this.meeting.value?.id, participantId });
    switch (consequence.do) {
      case "chat":
        return this.chat.value?.hear(event);
      case "knock":
        return this.#knock();
      case "return":
        return void this.#return();
      case "gone":
        return this.#gone(consequence.reason);
      case "mute":
        toast(text.meeting.mutedByHost);
        return void this.own.setMicrophone(false);
      case "said":
        return void toast(text.breakouts.said(consequence.name, consequence.words), { ms: 15_000 });
      case "room":
        this.#changed(event);
    }
  }

  #changed(event: ScopedEvent): void {
    const room = this.roster.apply(event);
    if (!room) return;
    this.breakouts.changed();
    if (event.event === "meeting.updated") {
      this.meeting.value = room.meeting;
      this.own.allowed(room.meeting);
    }
    if (event.event === "meeting.ended") this.#gone(this.#ending ? "ended_by_you" : "ended");
  }

  #lineChanged(state: SocketState, before: SocketState): void {
    if (state === "closed" && this.stage.value.at !== "gone") this.#gone("lost");
    if (state !== "open" || before !== "reconnecting") return;
    if (this.stage.value.at === "waiting") this.#knock();
    if (this.stage.value.at === "in") {
      toast(text.meeting.reconnected);
      void this.own.tell();
      this.chat.value?.resend();
    }
  }

  #resumed(reply: ResumeReply): void {
    if (reply.self === null && this.#resumeWith()) return void this.#return();
    if (!this.roster.room.value) return;
    if (reply.meeting) this.meeting.value = { ...this.meeting.value, ...(reply.meeting as Meeting) };
    this.roster.catchUp(reply as CatchUp, this.meeting.value?.participant_count ?? 0);
    this.breakouts.changed();
    // What is private or of a breakout room comes to the person, with numbers below those of the others' news.
    if (reply.scopes?.user?.reload) void this.chat.value?.reload();
    else if (reply.scopes?.[`chat:${this.chat.value?.chatId}`]?.reload) void this.chat.value?.catchUp();
  }

  /** The server has given this participant up (away for too long): come in again by the front door. */
  #return(): Promise<void> {
    this.media.stop();
    this.roster.clear();
    this.stage.value = { at: "returning" };
    return this.join();
  }

  #refused(problem: Problem): void {
    if (this.#left) return;
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
    this.roster.clear();
    this.chat.value = null;
  }

  #close(lastWord?: string): void {
    this.#entrance.stopAsking();
    this.breakouts.stop();
    this.media.stop();
    this.line.close(lastWord);
  }

  #networkChanged = (): void => {
    this.line.hurry();
    this.media.renew();
  };

  /** Closing the tab is leaving: others see it at once, not after the grace for lost connections. */
  #pageHidden = (event: PageTransitionEvent): void => {
    if (!event.persisted && this.line.state.value === "open" && this.stage.value.at !== "gone")
      void this.request("leave").catch(() => undefined);
  };
}
