/** Time zones and languages to choose from, as the browser knows them. */

// In which most people meet; whatever an account has beside these is offered too.
const LANGUAGES = [
  ..."ar bn cs da de el en es fa fi fr he hi hu id it ja ko nb nl pl pt ro ru sv th tr uk vi".split(" "),
  ...["pt-BR", "zh-CN", "zh-TW"],
];

export function timeZones(present: string): string[] {
  const known = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  return [...new Set([...known, present, "UTC"])].sort();
}

/** Each by its own name, so that everyone finds theirs. */
export function languages(present: string): [tag: string, name: string][] {
  const tags = [...new Set([...LANGUAGES, present])];
  return tags.map((tag): [string, string] => [tag, nameOf(tag)]).sort((a, b) => a[1].localeCompare(b[1]));
}

function nameOf(tag: string): string {
  try {
    return new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** What this device is set to: a new account starts with it. */
export function here(): { timezone: string; language: string } {
  return {
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
    language: navigator.language,
  };
}
