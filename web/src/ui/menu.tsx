/** A button that opens a small menu; arrow keys move in it, Escape and a click elsewhere close it. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { IconButton } from "./controls.tsx";
import { Icon, type IconName } from "./icons.tsx";

export interface MenuItem {
  label: string;
  icon?: IconName;
  danger?: boolean;
  run(): void;
}

interface MenuProps {
  label: string;
  items: MenuItem[];
  icon?: IconName;
  /** What the button shows instead of an icon. */
  children?: ComponentChildren;
}

export function Menu({ label, items, icon = "more", children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  // At once: an arrow key pressed before would be undone by it.
  useLayoutEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const outside = (event: Event) => !root.current?.contains(event.target as Node) && setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const close = () => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const entries = [...(root.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = entries.indexOf(document.activeElement as HTMLElement);
    entries[(at + step + entries.length) % entries.length]?.focus();
  };
  const opener = {
    "aria-haspopup": "menu",
    "aria-expanded": open,
    onClick: () => setOpen(!open),
  } as const;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the menu inside are handled here.
    <div class="menu" ref={root} onKeyDown={open ? onKeyDown : undefined}>
      {children ? (
        <button type="button" class="menu-opener" aria-label={label} {...opener}>
          {children}
        </button>
      ) : (
        <IconButton icon={icon} label={label} tone="quiet" tip="none" size={18} {...opener} />
      )}
      {open && (
        <div class="menu-list" role="menu" aria-label={label}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={item.danger ? "danger" : ""}
              onClick={() => {
                close();
                item.run();
              }}
            >
              {item.icon && <Icon name={item.icon} size={17} />}
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
