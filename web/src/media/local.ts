/**
 * This device's microphone, camera and screen: asked for before joining, switched without renegotiation,
 * and each in a state that can be shown (on, off, denied, missing, in use elsewhere).
 */

import { effect, signal } from "@preact/signals";
import { remember, remembered } from "../ui/memory.ts";
import {
  type CameraQuality,
  cameraConstraints,
  type DeviceState,
  deviceFault,
  microphoneConstraints,
  SCREEN,
} from "./capture.ts";
import type { StreamType } from "./model.ts";

export type Sink = (type: StreamType, track: MediaStreamTrack | null, active: boolean) => void;

export interface Devices {
  microphones: MediaDeviceInfo[];
  cameras: MediaDeviceInfo[];
  speakers: MediaDeviceInfo[];
}

export class LocalMedia {
  readonly microphone = signal<DeviceState>("off");
  readonly camera = signal<DeviceState>("off");
  /** What the user wants; whether it is so also needs the device. */
  readonly micOn = signal(remembered("mic", true));
  readonly cameraOn = signal(remembered("camera", true));
  readonly micTrack = signal<MediaStreamTrack | null>(null);
  readonly cameraTrack = signal<MediaStreamTrack | null>(null);
  readonly screenTrack = signal<MediaStreamTrack | null>(null);
  readonly devices = signal<Devices>({ microphones: [], cameras: [], speakers: [] });
  readonly micId = signal<string | null>(remembered("micId", null));
  readonly cameraId = signal<string | null>(remembered("cameraId", null));
  readonly speakerId = signal<string | null>(remembered("speakerId", null));
  /** Where tracks go once there is a session. */
  sink: Sink = () => undefined;
  /** A device went away; whether another took its place is in the states above. */
  onLost: (kind: "microphone" | "camera") => void = () => undefined;
  /** The devices that were asked for at the start are there now, or it is clear why not. */
  onStarted: () => void = () => undefined;
  #quality: CameraQuality;
  #cameraTurn = 0;
  #stops: (() => void)[] = [];

  constructor(quality: CameraQuality) {
    this.#quality = quality;
    if (!navigator.mediaDevices) return;
    const changed = () => void this.list();
    navigator.mediaDevices.addEventListener("devicechange", changed);
    this.#stops.push(() => navigator.mediaDevices.removeEventListener("devicechange", changed));
    this.#stops.push(
      effect(() => {
        remember("micId", this.micId.value);
        remember("cameraId", this.cameraId.value);
        remember("speakerId", this.speakerId.value);
      }),
    );
  }

  async start(): Promise<void> {
    if (this.micTrack.value || this.cameraTrack.value) return;
    await this.#start();
    this.onStarted();
  }

  /** One permission prompt for both; when that fails, each alone, so that one missing device costs only itself. */
  async #start(): Promise<void> {
    if (!navigator.mediaDevices) {
      this.microphone.value = this.camera.value = "failed";
      return;
    }
    this.microphone.value = "asking";
    if (this.cameraOn.value) {
      this.camera.value = "asking";
      try {
        const stream = await navigator.mediaDevices.getUserMedia({
          audio: microphoneConstraints(this.micId.value),
          video: cameraConstraints(this.#quality, this.cameraId.value),
        });
        this.#tookMicrophone(stream.getAudioTracks()[0] ?? null);
        this.#tookCamera(stream.getVideoTracks()[0] ?? null);
        return await this.list();
      } catch {
        // Find out below which of the two it was.
      }
    }
    await Promise.all([this.#openMicrophone(), this.cameraOn.value ? this.#openCamera() : undefined]);
    await this.list();
  }

  async list(): Promise<void> {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const of = (kind: string) => all.filter((d) => d.kind === kind && d.deviceId !== "");
    this.devices.value = {
      microphones: of("audioinput"),
      cameras: of("videoinput"),
      speakers: of("audiooutput"),
    };
  }

  async setMicrophone(on: boolean): Promise<void> {
    this.micOn.value = on;
    if (on && !this.micTrack.value) await this.#openMicrophone();
    const track = this.micTrack.value;
    if (track) track.enabled = this.micOn.value;
    this.#give("microphone");
  }

  /** Off means that the device is let go, so that its light goes out. */
  async setCamera(on: boolean): Promise<void> {
    this.cameraOn.value = on;
    if (on) return this.#openCamera();
    this.#cameraTurn++;
    this.cameraTrack.value?.stop();
    this.cameraTrack.value = null;
    if (this.camera.value === "ready" || this.camera.value === "asking") this.camera.value = "off";
    this.#give("camera");
  }

  /** What was chosen before joining is the choice for next time; what a host or a moment asks for is not. */
  keepChoice(): void {
    remember("mic", this.micOn.value);
    remember("camera", this.cameraOn.value);
  }

  async chooseMicrophone(id: string): Promise<void> {
    this.micId.value = id || null;
    await this.#openMicrophone();
  }

  async chooseCamera(id: string): Promise<void> {
    this.cameraId.value = id || null;
    if (this.cameraOn.value) await this.#openCamera();
  }

  /** Returns false when the user chose nothing in the browser's dialog. */
  async startScreen(onEnded: () => void): Promise<boolean> {
    const stream = await navigator.mediaDevices
      .getDisplayMedia({ video: { frameRate: { ideal: SCREEN.frameRate } }, audio: true })
      .catch((error: DOMException) => {
        if (error.name === "NotAllowedError") return null;
        throw error;
      });
    const video = stream?.getVideoTracks()[0];
    if (!stream || !video) return false;
    video.contentHint = "detail";
    video.onended = onEnded;
    this.screenTrack.value = video;
    this.sink("screen", video, true);
    const audio = stream.getAudioTracks()[0];
    if (audio) this.sink("screen_audio", audio, true);
    this.#screenAudio = audio ?? null;
    return true;
  }

  #screenAudio: MediaStreamTrack | null = null;

  stopScreen(): void {
    if (!this.screenTrack.value) return;
    this.screenTrack.value.onended = null;
    this.screenTrack.value.stop();
    this.#screenAudio?.stop();
    this.screenTrack.value = this.#screenAudio = null;
    this.sink("screen", null, false);
    this.sink("screen_audio", null, false);
  }

  /** Hand everything to a session that has just been made. */
  attach(sink: Sink): void {
    this.sink = sink;
    this.#give("microphone");
    this.#give("camera");
  }

  /** Let go of the devices after a meeting; `start` takes them again. */
  release(): void {
    this.#cameraTurn++;
    for (const track of [this.micTrack.value, this.cameraTrack.value]) track?.stop();
    this.micTrack.value = this.cameraTrack.value = null;
    this.microphone.value = this.camera.value = "off";
    this.#give("microphone");
    this.#give("camera");
  }

  stop(): void {
    this.stopScreen();
    this.sink = () => undefined;
    this.release();
    for (const stop of this.#stops.splice(0)) stop();
  }

  async #openMicrophone(): Promise<void> {
    this.microphone.value = "asking";
    try {
      const stream = await open(
        { audio: microphoneConstraints(this.micId.value) },
        { audio: microphoneConstraints(null) },
      );
      this.#tookMicrophone(stream.getAudioTracks()[0] ?? null);
    } catch (error) {
      this.microphone.value = deviceFault((error as DOMException).name);
      this.#tookMicrophone(null);
    }
  }

  async #openCamera(): Promise<void> {
    const turn = ++this.#cameraTurn;
    this.camera.value = "asking";
    // Many drivers refuse a second opening: let go of the old one first.
    this.cameraTrack.value?.stop();
    try {
      const constraints = cameraConstraints(this.#quality, this.cameraId.value);
      const stream = await open({ video: constraints }, { video: cameraConstraints(this.#quality, null) });
      const track = stream.getVideoTracks()[0] ?? null;
      // Switched off again while the device was starting.
      if (turn !== this.#cameraTurn) return track?.stop();
      this.#tookCamera(track);
    } catch (error) {
      if (turn !== this.#cameraTurn) return;
      this.camera.value = deviceFault((error as DOMException).name);
      this.cameraTrack.value = null;
      this.#give("camera");
    }
  }

  #tookMicrophone(track: MediaStreamTrack | null): void {
    const before = this.micTrack.value;
    if (track) {
      track.enabled = this.micOn.value;
      track.contentHint = "speech";
      track.onended = () => void this.#lost("microphone", track);
      this.microphone.value = "ready";
    }
    this.micTrack.value = track;
    this.#give("microphone");
    if (before !== track) before?.stop();
  }

  #tookCamera(track: MediaStreamTrack | null): void {
    if (this.cameraTrack.value !== track) this.cameraTrack.value?.stop();
    if (track) {
      track.contentHint = "motion";
      track.onended = () => void this.#lost("camera", track);
      this.camera.value = "ready";
    }
    this.cameraTrack.value = track;
    this.#give("camera");
  }

  /** Unplugged: fall back on whatever else there is. */
  async #lost(kind: "microphone" | "camera", track: MediaStreamTrack): Promise<void> {
    if (kind === "microphone" && this.micTrack.value === track) {
      this.micId.value = null;
      await this.#openMicrophone();
    } else if (kind === "camera" && this.cameraTrack.value === track) {
      this.cameraId.value = null;
      await this.#openCamera();
    } else return;
    this.onLost(kind);
  }

  #give(type: "microphone" | "camera"): void {
    if (type === "microphone") this.sink(type, this.micTrack.value, this.micOn.value);
    else this.sink(type, this.cameraTrack.value, this.cameraOn.value);
  }
}

/** A remembered device may be gone: then any other will do. */
async function open(wanted: MediaStreamConstraints, any: MediaStreamConstraints): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    const name = (error as DOMException).name;
    if (name !== "OverconstrainedError" && name !== "NotFoundError") throw error;
    return navigator.mediaDevices.getUserMedia(any);
  }
}
