/** Initials of a display name, by whole characters (an emoji or a letter with marks is one). */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = (word: string | undefined) => (word ? ([...word][0] ?? "") : "");
  const last = words.length > 1 ? first(words.at(-1)) : "";
  return (first(words[0]) + last).toLocaleUpperCase() || "?";
}

/** As names are compared: whatever the accents and the case. */
export const folded = (words: string): string => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** One of eight hues, the same for an id everywhere. */
export function hue(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 9973;
  return sum % 8;
}
