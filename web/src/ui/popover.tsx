/** Something small beside what it belongs to, above everything else; a click elsewhere and Escape close it. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface PopoverProps {
  anchor: HTMLElement;
  label: string;
  onClose(): void;
  children: ComponentChildren;
}

const GAP = 6;

export function Popover({ anchor, label, onClose, children }: PopoverProps) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = ref.current;
    if (!box) return;
    box.showPopover();
    place(box, anchor.getBoundingClientRect());
    box.querySelector<HTMLElement>("button")?.focus();
    return () => {
      // Who chose by keyboard goes on where they were.
      if (box.contains(document.activeElement)) queueMicrotask(() => anchor.isConnected && anchor.focus());
    };
  }, [anchor]);
  useLayoutEffect(() => {
    const outside = (event: Event) => {
      const target = event.target as Node;
      if (!ref.current?.contains(target) && !anchor.contains(target)) onClose();
    };
    const moved = (event: Event) => !ref.current?.contains(event.target as Node) && onClose();
    document.addEventListener("pointerdown", outside);
    addEventListener("resize", onClose);
    document.addEventListener("wheel", moved, { passive: true });
    return () => {
      document.removeEventListener("pointerdown", outside);
      removeEventListener("resize", onClose);
      document.removeEventListener("wheel", moved);
    };
  }, [anchor, onClose]);
  return (
    <div
      ref={ref}
      class="popover"
      popover="manual"
      role="dialog"
      aria-label={label}
      onFocusOut={(event) => {
        const next = event.relatedTarget as Node | null;
        if (next && !ref.current?.contains(next)) onClose();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        event.preventDefault();
        onClose();
      }}
    >
      {children}
    </div>
  );
}

/** Below the anchor if there is room, else above; never beyond the edges. */
function place(box: HTMLElement, anchor: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = box;
  const below = anchor.bottom + GAP;
  const top = below + height > innerHeight - GAP ? anchor.top - GAP - height : below;
  const left = Math.min(anchor.left, innerWidth - GAP - width);
  box.style.top = `${Math.max(GAP, top)}px`;
  box.style.left = `${Math.max(GAP, left)}px`;
}
