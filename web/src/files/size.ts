/** How large files are, in words, and what type a chosen file has. */

import { text } from "../text.ts";
import type { Limits } from "./api.ts";

const UNITS = ["B", "KB", "MB", "GB"];

export function sizeOf(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const rounded = unit === 0 || value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
  return text.files.bytes(rounded, UNITS[unit] as string);
}

/** What the browser says where that is known here, or what the ending of the name says; null: not to be sent. */
export function typeOf(file: { name: string; type: string }, limits: Limits): string | null {
  const said = file.type.split(";")[0]?.trim().toLowerCase() ?? "";
  if (said in limits.content_types) return said;
  const ending = file.name.split(".").pop()?.toLowerCase() ?? "";
  const found = Object.entries(limits.content_types).find(([, endings]) => endings.includes(ending));
  return found?.[0] ?? null;
}

/** Why a file cannot be sent, told before it is uploaded; null: it can. */
export function whyNotSend(file: File, limits: Limits): string | null {
  const words = text.files;
  const type = typeOf(file, limits);
  if (!type) return words.type;
  if (file.size === 0) return words.empty;
  const most = type.startsWith("image/") ? limits.max_image_size : limits.max_size;
  if (file.size > most) return words.tooLarge(sizeOf(most));
  if (file.size > limits.daily_left) return words.daily(sizeOf(limits.daily_left));
  return null;
}
