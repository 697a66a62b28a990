/** Short notes that come and go. */

import { signal } from "@preact/signals";

export interface Toast {
  key: number;
  message: string;
  tone: "info" | "error";
  action?: { label: string; run(): void };
}

export const toasts = signal<readonly Toast[]>([]);
let nextKey = 1;

/** Show a note; The same words again replace the earlier note. Returns how to take it away. */
export function toast(
  message: string,
  options: { tone?: Toast["tone"]; action?: Toast["action"]; ms?: number } = {},
): () => void {
  const key = nextKey++;
  const note: Toast = {
    key,
    message,
    tone: options.tone ?? "info",
    ...(options.action ? { action: options.action } : {}),
  };
  const remove = () => {
    toasts.value = toasts.value.filter((t) => t.key !== key);
  };
  toasts.value = [...toasts.value.filter((t) => t.message !== message), note].slice(-4);
  setTimeout(remove, options.ms ?? (options.action ? 12_000 : 5000));
  return remove;
}
