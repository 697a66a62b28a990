/** Pictures of a message in full, one after another: by arrow keys, Escape closes. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { FileRef } from "../chat/model.ts";
import type { Credentials } from "../delivery/http.ts";
import { text } from "../text.ts";
import { IconButton, Spinner } from "../ui/controls.tsx";
import { download, linkTo } from "./api.ts";

const words = text.files;

interface LightboxProps {
  files: readonly FileRef[];
  first: number;
  credentials: Credentials;
  onClose(): void;
}

export function Lightbox({ files, first, credentials, onClose }: LightboxProps) {
  const [at, setAt] = useState(first);
  const [failed, setFailed] = useState(false);
  const file = files[at];
  const dialog = useShown();
  const url = useLink(file, credentials, () => setFailed(true));
  if (!file) return null;
  const go = (by: number) => {
    setFailed(false);
    setAt(Math.min(files.length - 1, Math.max(0, at + by)));
  };
  return (
    <dialog
      ref={dialog}
      class="lightbox"
      aria-label={words.image}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") go(-1);
        if (event.key === "ArrowRight") go(1);
      }}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <header>
        <strong dir="auto">{file.name}</strong>
        {files.length > 1 && <span role="status">{words.place(at + 1, files.length)}</span>}
        <IconButton
          icon="download"
          tone="quiet"
          tip="none"
          label={words.download(file.name)}
          onClick={() => void download(file, credentials).catch(() => setFailed(true))}
        />
        <IconButton icon="close" tone="quiet" tip="none" label={text.common.close} onClick={onClose} />
      </header>
      <figure>
        {failed ? <p role="alert">{words.gone}</p> : !url && <Spinner label={text.common.loading} />}
        {url && !failed && <img key={file.id} src={url} alt={file.name} onError={() => setFailed(true)} />}
      </figure>
      {files.length > 1 && (
        <footer>
          <IconButton
            icon="previous"
            tip="none"
            label={words.previous}
            disabled={at === 0}
            onClick={() => go(-1)}
          />
          <IconButton
            icon="next"
            tip="none"
            label={words.next}
            disabled={at === files.length - 1}
            onClick={() => go(1)}
          />
        </footer>
      )}
    </dialog>
  );
}

function useShown() {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      ref.current?.close();
      queueMicrotask(() => before instanceof HTMLElement && before.isConnected && before.focus());
    };
  }, []);
  return ref;
}

function useLink(file: FileRef | undefined, credentials: Credentials, onFailed: () => void): string | null {
  const [found, setFound] = useState<{ id: string; url: string } | null>(null);
  useEffect(() => {
    if (!file) return;
    let current = true;
    linkTo(file.id, "original", credentials).then(
      (url) => current && setFound({ id: file.id, url }),
      () => current && onFailed(),
    );
    return () => {
      current = false;
    };
  }, [file?.id]);
  return found && found.id === file?.id ? found.url : null;
}
