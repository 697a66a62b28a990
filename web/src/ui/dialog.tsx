/** A modal dialog on the browser's own <dialog>: it keeps the focus in and gives it back. */

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { text } from "../text.ts";
import { IconButton } from "./controls.tsx";

interface DialogProps {
  title: string;
  onClose(): void;
  children: ComponentChildren;
  actions?: ComponentChildren;
}

export function Dialog({ title, onClose, children, actions }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    const address = location.href;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // It has led elsewhere: a key meant for what comes there must not press what has opened this.
      if (location.href !== address) return (document.activeElement as HTMLElement | null)?.blur();
      // The browser gives the focus back only when the dialog is still there a moment later.
      queueMicrotask(() => before instanceof HTMLElement && before.isConnected && before.focus());
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click on the backdrop; the keyboard has Escape.
    <dialog
      ref={ref}
      class="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label={text.common.close} tone="quiet" tip="none" onClick={onClose} />
        </header>
        {children}
        {actions && <footer class="dialog-actions">{actions}</footer>}
      </div>
    </dialog>
  );
}
