/** Instants as people write them: in the language of their account, in the time zone of this device. */

import { user } from "../identity/session.ts";

export function dateTime(instant: string | null | undefined): string {
  if (!instant) return "";
  return new Date(instant).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
}

export function timeOf(instant: string): string {
  return new Date(instant).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
}

function locale(): string | undefined {
  // Undefined is the browser's own. A tag that the browser does not know would throw.
  const language = user.value?.language;
  try {
    return language ? Intl.getCanonicalLocales(language)[0] : undefined;
  } catch {
    return undefined;
  }
}
