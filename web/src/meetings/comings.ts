/** One line about who has just come or gone, for those who are in: several at once become one note. */

import { signal } from "@preact/signals";
import { text } from "../text.ts";

const SHOWN_MS = 4000;

export class Comings {
  readonly note = signal("");
  #came: string[] = [];
  #went: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  came(name: string): void {
    this.#went = [];
    this.#came = [...this.#came.filter((n) => n !== name), name];
    this.#show(text.meeting.came(listed(this.#came)));
  }

  went(name: string): void {
    this.#came = [];
    this.#went = [...this.#went.filter((n) => n !== name), name];
    this.#show(text.meeting.went(listed(this.#went)));
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#came = [];
    this.#went = [];
    this.note.value = "";
  }

  #show(note: string): void {
    this.note.value = note;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.clear(), SHOWN_MS);
  }
}

const LONGEST = 28;

/** "Ada", "Ada and Bela", "Ada, Bela and 3 others". */
export function listed(names: readonly string[]): string {
  const [first = "", second = ""] = names.map(inLine);
  if (names.length <= 1) return first;
  if (names.length === 2) return text.meeting.both(first, second);
  return text.meeting.twoAndMore(first, second, names.length - 2);
}

/** Short enough for one line, and in its own direction of writing (the isolates of UAX #9). */
function inLine(name: string): string {
  const characters = [...name];
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join("")}…` : name;
  return `\u2068${short}\u2069`;
}
