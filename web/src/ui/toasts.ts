/** Short notes that come and go. */

import { signal } from "@preact/signals";

export interface Toast {
  key: number;
  message: string;
  tone: "info" | "error";
  kind: string;
  action?: { label: string; run(): void };
  /** So long it is shown. */
  ms: number;
}

export const toasts = signal<readonly Toast[]>([]);
const timers = new Map<number, ReturnType<typeof setTimeout>>();
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
    ms: options.ms ?? (options.action ? 12_000 : 5000),
    ...(options.action ? { action: options.action } : {}),
  };
  toasts.value = [...toasts.value.filter((t) => t.kind !== note.kind), note].slice(-4);
  letGo(note);
  return () => take(note);
}

export function take({ key }: Toast): void {
  hold(key);
  toasts.value = toasts.value.filter((t) => t.key !== key);
}

/** It stays while somebody is at it (a pointer that only rests where it appears is not). */
export function hold(key: number): void {
  clearTimeout(timers.get(key));
  timers.delete(key);
}

/** From now on it is shown for its time. */
export function letGo(note: Toast): void {
  hold(note.key);
  timers.set(
    note.key,
    setTimeout(() => take(note), note.ms),
  );
}

/** What a note was about has been seen. */
export function dismiss(kind: string): void {
  toasts.value = toasts.value.filter((t) => t.kind !== kind);
}

/** Leaving a place takes its notes along. */
export function clearToasts(): void {
  toasts.value = [];
}
