/** Short notes that come and go. */

import { signal } from "@preact/signals";

export interface Toast {
  key: number;
  message: string;
  tone: "info" | "error";
  kind: string;
  action?: { label: string; run(): void };
}

export const toasts = signal<readonly Toast[]>([]);
let nextKey = 1;

/** Show a note; one of the same kind (by default: the same words) is replaced. Returns how to take it away. */
export function toast(
  message: string,
  options: { tone?: Toast["tone"]; kind?: string; action?: Toast["action"]; ms?: number } = {},
): () => void {
  const key = nextKey++;
  const note: Toast = {
    key,
    message,
    tone: options.tone ?? "info",
    kind: options.kind ?? message,
    ...(options.action ? { action: options.action } : {}),
  };
  const remove = () => {
    toasts.value = toasts.value.filter((t) => t.key !== key);
  };
  toasts.value = [...toasts.value.filter((t) => t.kind !== note.kind), note].slice(-4);
  setTimeout(remove, options.ms ?? (options.action ? 12_000 : 5000));
  return remove;
}

/** What a note was about has been seen. */
export function dismiss(kind: string): void {
  toasts.value = toasts.value.filter((t) => t.kind !== kind);
}

/** Leaving a place takes its notes along. */
export function clearToasts(): void {
  toasts.value = [];
}
