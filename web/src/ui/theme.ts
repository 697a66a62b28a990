/** Light, dark, or what the system says. */

import { effect, signal } from "@preact/signals";
import { remember, remembered } from "./memory.ts";

export type Theme = "system" | "light" | "dark";
export const theme = signal<Theme>(remembered<Theme>("theme", "system"));

export function startTheme(): void {
  effect(() => {
    const choice = theme.value;
    remember("theme", choice === "system" ? null : choice);
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
  });
}

export function nextTheme(): void {
  theme.value = theme.value === "system" ? "light" : theme.value === "light" ? "dark" : "system";
}
