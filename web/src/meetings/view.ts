/** What one looks at in a meeting: layout, panel, pin, page. Kept apart from what is known of the meeting. */

import { type Signal, signal } from "@preact/signals";
import { remember, remembered } from "../ui/memory.ts";

export type Panel = "chat" | "people" | null;
export type Modal = "leave" | "devices" | "help" | "breakouts" | null;

export class View {
  readonly layout: Signal<"grid" | "speaker"> = signal(remembered<"grid" | "speaker">("layout", "grid"));
  readonly panel = signal<Panel>(null);
  readonly modal = signal<Modal>(null);
  readonly reactionsOpen = signal(false);
  readonly pinned = signal<string | null>(null);
  readonly page = signal(0);
  readonly talking = signal(false);

  toggleLayout(): void {
    this.layout.value = this.layout.value === "grid" ? "speaker" : "grid";
    this.pinned.value = null;
    remember("layout", this.layout.value);
  }

  togglePanel(panel: Exclude<Panel, null>): void {
    this.panel.value = this.panel.value === panel ? null : panel;
  }

  togglePin(id: string): void {
    this.pinned.value = this.pinned.value === id ? null : id;
  }
}
