/** Who is writing just now: told by passing events, and forgotten when they stop coming. */

import { signal } from "@preact/signals";

/** So often the others are told. */
const TELL_MS = 2500;
/** So long it is shown after the last word of it. */
export const SHOWN_MS = 4000;

export class Typing {
  readonly names = signal<readonly string[]>([]);
  #who = new Map<string, { name: string; timer: ReturnType<typeof setTimeout> }>();
  #told = Number.NEGATIVE_INFINITY;

  heard(data: Record<string, unknown>, me: string | undefined): void {
    const { user_id, participant_id, display_name } = data as Record<string, string | null>;
    if (me === undefined || user_id === me || participant_id === me) return;
    const key = user_id ?? participant_id ?? "";
    this.#forget(key);
    const timer = setTimeout(() => this.stopped(key), SHOWN_MS);
    this.#who.set(key, { name: display_name ?? "", timer });
    this.#show();
  }

  stopped(key: string): void {
    if (!this.#who.has(key)) return;
    this.#forget(key);
    this.#show();
  }

  /** Whether it is time to tell the others again. */
  due(now = performance.now()): boolean {
    if (now - this.#told < TELL_MS) return false;
    this.#told = now;
    return true;
  }

  #forget(key: string): void {
    clearTimeout(this.#who.get(key)?.timer);
    this.#who.delete(key);
  }

  #show(): void {
    this.names.value = [...this.#who.values()].map((one) => one.name);
  }
}
