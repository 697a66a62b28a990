/** Pictures and sounds of tracks. Sound has its own elements, so that it goes on whatever the tiles do. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { markFirstFrame } from "./marks.ts";
import type { RemoteStream } from "./remote.ts";

/** Elements whose sound the browser holds back until the user clicks. */
export const silenced = signal<ReadonlySet<HTMLMediaElement>>(new Set());

export async function hear(): Promise<void> {
  const elements = [...silenced.value];
  silenced.value = new Set();
  await Promise.all(elements.map((element) => play(element)));
}

export function Video({
  track,
  mirror = false,
  contain = false,
  remote = false,
}: {
  track: MediaStreamTrack;
  mirror?: boolean;
  contain?: boolean;
  remote?: boolean;
}) {
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = ref.current;
    if (!video) return;
    video.srcObject = new MediaStream([track]);
    void video.play().catch(() => undefined);
    if (remote) markFirstFrame(video);
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  return (
    <video
      ref={ref}
      class={`video${mirror ? " mirror" : ""}${contain ? " contain" : ""}`}
      autoplay
      playsInline
      muted
    />
  );
}

export function RemoteAudio({
  streams,
  speakerId,
}: {
  streams: readonly RemoteStream<MediaStreamTrack>[];
  speakerId: string | null;
}) {
  const sounds = streams.filter((s) => s.type === "microphone" || s.type === "screen_audio");
  return (
    <div hidden>
      {sounds.map((s) => (
        <Sound key={s.streamId} track={s.track} speakerId={speakerId} />
      ))}
    </div>
  );
}

function Sound({ track, speakerId }: { track: MediaStreamTrack; speakerId: string | null }) {
  const ref = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = ref.current;
    if (!audio) return;
    audio.srcObject = new MediaStream([track]);
    void play(audio);
    return () => {
      audio.srcObject = null;
      forget(audio);
    };
  }, [track]);
  useEffect(() => {
    const audio = ref.current as (HTMLAudioElement & { setSinkId?(id: string): Promise<void> }) | null;
    if (speakerId !== null) void audio?.setSinkId?.(speakerId).catch(() => undefined);
  }, [speakerId]);
  // biome-ignore lint/a11y/useMediaCaption: live speech has no caption file.
  return <audio ref={ref} autoplay />;
}

async function play(element: HTMLMediaElement): Promise<void> {
  try {
    await element.play();
    forget(element);
  } catch (error) {
    if ((error as DOMException).name === "NotAllowedError")
      silenced.value = new Set([...silenced.value, element]);
  }
}

function forget(element: HTMLMediaElement): void {
  if (silenced.value.has(element)) silenced.value = new Set([...silenced.value].filter((e) => e !== element));
}
