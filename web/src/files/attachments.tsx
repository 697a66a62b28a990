/** The files of a message: small pictures to open, what can be played, and what can be saved. */

import "./files.css";
import { useEffect, useRef, useState } from "preact/hooks";
import type { FileRef } from "../chat/model.ts";
import type { Credentials } from "../delivery/http.ts";
import { asProblem } from "../delivery/problem.ts";
import { credentials as own } from "../identity/session.ts";
import { text } from "../text.ts";
import { IconButton } from "../ui/controls.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";
import { whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { download, forgetLink, linkTo } from "./api.ts";
import { Lightbox } from "./lightbox.tsx";
import { sizeOf } from "./size.ts";

const words = text.files;

interface AttachmentsProps {
  files: readonly FileRef[];
  /** A guest of a meeting has others than who is signed in. */
  credentials?: Credentials;
}

export function Attachments({ files, credentials = own }: AttachmentsProps) {
  const [shown, setShown] = useState<number | null>(null);
  if (files.length === 0) return null;
  const pictures = files.filter((file) => file.thumbnail_url !== null && file.status === "ready");
  const others = files.filter((file) => !pictures.includes(file));
  return (
    <div class="attachments">
      {pictures.length > 0 && (
        <div class={pictures.length > 1 ? "attached-images many" : "attached-images"}>
          {pictures.map((file, at) => (
            <Picture key={file.id} file={file} credentials={credentials} onOpen={() => setShown(at)} />
          ))}
        </div>
      )}
      {others.map((file) => (
        <Row key={file.id} file={file} credentials={credentials} />
      ))}
      {shown !== null && (
        <Lightbox files={pictures} first={shown} credentials={credentials} onClose={() => setShown(null)} />
      )}
    </div>
  );
}

interface PartProps {
  file: FileRef;
  credentials: Credentials;
}

function Picture({ file, credentials, onOpen }: PartProps & { onOpen(): void }) {
  const ref = useRef<HTMLButtonElement>(null);
  const near = useNear(ref);
  const [url, setUrl] = useState<string | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (near) linkTo(file.id, "thumbnail", credentials).then(setUrl, () => undefined);
  }, [near, tries, file.id]);
  return (
    <button
      ref={ref}
      type="button"
      class="attached-image"
      aria-label={words.shown(file.name)}
      onClick={onOpen}
    >
      <img
        src={url ?? undefined}
        alt={file.name}
        width={file.width ?? undefined}
        height={file.height ?? undefined}
        onError={() => {
          // The link has run out while the page lay open.
          forgetLink(file.id, "thumbnail");
          if (tries < 2) setTries(tries + 1);
        }}
      />
    </button>
  );
}

/** Once it is about to come into sight: a long log does not ask for all its pictures at once. */
function useNear(ref: { current: Element | null }): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element || near) return;
    const watch = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setNear(true),
      { rootMargin: "400px" },
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, [near]);
  return near;
}

const ICONS: Record<FileRef["kind"], IconName> = {
  image: "file",
  video: "camera",
  audio: "sound",
  file: "file",
};

function Row({ file, credentials }: PartProps) {
  const [playing, setPlaying] = useState<string | null>(null);
  const ready = file.status === "ready";
  const playable = ready && (file.kind === "audio" || file.kind === "video");
  const play = () => void linkTo(file.id, "original", credentials).then(setPlaying, complain);
  return (
    <div class="attached-file" data-status={file.status}>
      <Icon name={ICONS[file.kind]} size={22} />
      <span class="attached-name" dir="auto" title={file.name}>
        {file.name}
      </span>
      <small>{noteOf(file)}</small>
      {playable && !playing && (
        <IconButton
          icon="play"
          size={18}
          tone="quiet"
          tip="none"
          label={words.play(file.name)}
          onClick={play}
        />
      )}
      {ready && (
        <IconButton
          icon="download"
          size={18}
          tone="quiet"
          tip="none"
          label={words.download(file.name)}
          onClick={() => void download(file, credentials).catch(complain)}
        />
      )}
      {playing && file.kind === "audio" && (
        // biome-ignore lint/a11y/useMediaCaption: what people send has no captions.
        <audio src={playing} controls autoplay />
      )}
      {playing && file.kind === "video" && (
        // biome-ignore lint/a11y/useMediaCaption: what people send has no captions.
        <video src={playing} controls autoplay playsInline />
      )}
    </div>
  );
}

function noteOf(file: FileRef): string {
  if (file.status === "refused") return words.refusedPlain;
  if (file.status !== "ready") return `${sizeOf(file.size)} · ${words.checking}`;
  return sizeOf(file.size);
}

function complain(error: unknown): void {
  const problem = asProblem(error);
  toast(problem.status === 404 || problem.status === 410 ? words.gone : whyNot(problem), { tone: "error" });
}
