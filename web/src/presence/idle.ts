/** Whether somebody is at this page: away after five minutes without a touch, or one in which it was hidden. */

export const IDLE_MS = 5 * 60_000;
export const HIDDEN_MS = 60_000;

export type Activity = "online" | "away";

export class Idle {
  #report: (activity: Activity) => void;
  #activity: Activity = "online";
  #touched = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(report: (activity: Activity) => void) {
    this.#report = report;
    this.#wait(IDLE_MS);
  }

  get activity(): Activity {
    return this.#activity;
  }

  /** A key, a click, a move. Cheap: the timer is left to find out by itself. */
  touch(): void {
    this.#touched = Date.now();
    if (this.#activity === "online") return;
    this.#change("online");
    this.#wait(IDLE_MS);
  }

  hide(): void {
    if (this.#activity === "online") this.#wait(HIDDEN_MS, true);
  }

  show(): void {
    this.touch();
    this.#wait(IDLE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(ms: number, hidden = false): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const left = this.#touched + IDLE_MS - Date.now();
      if (!hidden && left > 0) this.#wait(left);
      else this.#change("away");
    }, ms);
  }

  #change(activity: Activity): void {
    this.#activity = activity;
    this.#report(activity);
  }
}
