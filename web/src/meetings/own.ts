/** What one shows of oneself: microphone, camera, screen, hand. Here at once, at the server soon after. */

import type { ReadonlySignal, Signal } from "@preact/signals";
import { Problem } from "../delivery/problem.ts";
import type { DeviceState } from "../media/capture.ts";
import type { LocalMedia } from "../media/local.ts";
import { text } from "../text.ts";
import { toast } from "../ui/toasts.ts";
import { isModerator, type Meeting, mayPublish, type Participant, type Role } from "./model.ts";
import { patch, type RoomState } from "./state.ts";

type Change = Partial<Pick<Participant, "muted" | "video_on" | "screen_sharing" | "hand_raised">>;

export class OwnState {
  #room: Signal<RoomState | null>;
  #self: ReadonlySignal<Participant | null>;
  #local: LocalMedia;
  #send: (change: Change) => Promise<unknown>;
  #hushed = false;

  constructor(
    { room, self }: { room: Signal<RoomState | null>; self: ReadonlySignal<Participant | null> },
    local: LocalMedia,
    send: (change: Change) => Promise<unknown>,
  ) {
    this.#room = room;
    this.#self = self;
    this.#local = local;
    this.#send = send;
  }

  /** Show a change at once, tell the server, take it back if refused. */
  async update(change: Change): Promise<void> {
    const before = this.#self.value;
    if (!before) return;
    this.#show(before.id, change);
    try {
      await this.#send(change);
    } catch (error) {
      // What could not be sent is told again after the reconnection.
      if (!(error instanceof Problem) || error.status === 0) return;
      const keys = Object.keys(change) as (keyof Change)[];
      this.#show(before.id, Object.fromEntries(keys.map((key) => [key, before[key]])));
      toast(error.detail || error.message, { tone: "error" });
    }
  }

  /** Before the offer is made, so that not a word gets out; someone in the lobby learns the settings later. */
  hushOnEntry(role: Role, meeting: Meeting): void {
    if (!mayPublish(role)) {
      void this.#local.setMicrophone(false);
      void this.#local.setCamera(false);
    } else if (meeting.settings.mute_on_entry && !isModerator(role) && this.#local.micOn.value) {
      void this.#local.setMicrophone(false);
      this.#hushed = true;
    }
  }

  /** Once in: say so to whom it happened. */
  entered(): void {
    if (this.#hushed) toast(text.meeting.mutedOnEntry);
    this.#hushed = false;
    void this.tell();
  }

  async setMicrophone(on: boolean): Promise<void> {
    await this.#local.setMicrophone(on);
    if (on) this.#explain("microphone");
    await this.update({ muted: !(on && this.#local.micTrack.value) });
  }

  async setCamera(on: boolean): Promise<void> {
    await this.#local.setCamera(on);
    if (on) this.#explain("camera");
    await this.update({ video_on: on && this.#local.cameraTrack.value !== null });
  }

  async setScreen(on: boolean): Promise<void> {
    if (!on) {
      this.#local.stopScreen();
      return this.update({ screen_sharing: false });
    }
    try {
      const chosen = await this.#local.startScreen(() => void this.setScreen(false));
      if (chosen) await this.update({ screen_sharing: true });
    } catch {
      toast(text.errors.screen, { tone: "error" });
    }
  }

  /** The meeting's settings have changed under way. */
  allowed(meeting: Meeting): void {
    const forbidden = meeting.settings.allow_screen_share === false && !isModerator(this.#self.value?.role);
    if (!forbidden || !this.#local.screenTrack.value) return;
    void this.setScreen(false);
    toast(text.meeting.shareForbidden);
  }

  /** Tell the server whatever it does not know yet, after a join or a reconnection. */
  async tell(): Promise<void> {
    const self = this.#self.value;
    if (!self || !mayPublish(self.role)) return;
    const local = this.#local;
    const now = {
      muted: !(local.micOn.value && local.micTrack.value),
      video_on: local.cameraOn.value && local.cameraTrack.value !== null,
      screen_sharing: local.screenTrack.value !== null,
    };
    const entries = Object.entries(now) as [keyof typeof now, boolean][];
    const news = Object.fromEntries(entries.filter(([key, value]) => self[key] !== value));
    if (Object.keys(news).length > 0) await this.update(news);
  }

  /** A device was unplugged or given to another app: nothing else may be there to take its place. */
  async lost(kind: "microphone" | "camera"): Promise<void> {
    this.#explain(kind);
    await this.tell();
  }

  /** Says why a device did not start. */
  #explain(kind: "microphone" | "camera"): void {
    const faults = text.prejoin.fault[kind] as Partial<Record<DeviceState, string>>;
    const fault = faults[this.#local[kind].value];
    if (fault) toast(fault, { tone: "error", kind: `fault.${kind}` });
  }

  #show(id: string, change: Change): void {
    if (this.#room.value) this.#room.value = patch(this.#room.value, id, change);
  }
}
