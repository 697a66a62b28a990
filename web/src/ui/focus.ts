/** Where the focus goes when a page or panel appears: to what comes next for who uses the keyboard. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Focuses the element of the ref it gives once it is there. Touch screens would open their keyboard. */
export function useFirstFocus<T extends HTMLElement>(wanted = true, onTouch = false): RefObject<T | null> {
  const ref = useRef<T>(null);
  // At once, so that the next key is typed here.
  useLayoutEffect(() => {
    if (!wanted || !(onTouch || matchMedia("(hover: hover)").matches)) return;
    // A dialog is shown only after what it holds is there, and looks for this mark then.
    if (ref.current) ref.current.autofocus = true;
    ref.current?.focus();
  }, [wanted]);
  return ref;
}

/** Arrow keys, Home and End move between the buttons of a toolbar. */
export function alongToolbar(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const steps: Record<string, (at: number, last: number) => number> = {
    ArrowRight: (at, last) => (at === last ? 0 : at + 1),
    ArrowLeft: (at, last) => (at === 0 ? last : at - 1),
    Home: () => 0,
    End: (_at, last) => last,
  };
  const step = steps[event.key];
  const target = event.target as HTMLElement;
  if (!step || target.closest("[role=menu]")) return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button:enabled")].filter(
    (button) => button.offsetParent !== null,
  );
  const at = buttons.indexOf(target);
  if (at < 0) return;
  event.preventDefault();
  buttons[step(at, buttons.length - 1)]?.focus();
}
