/** Finds web addresses in what people write; everything else stays text, so nothing is ever markup. */

export type Piece = { text: string; href?: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/gi;

export function pieces(content: string): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  for (const match of content.matchAll(ADDRESS)) {
    const shown = trimEnd(match[0]);
    const href = safeAddress(shown);
    if (!href) continue;
    if (match.index > from) out.push({ text: content.slice(from, match.index) });
    out.push({ text: shown, href });
    from = match.index + shown.length;
  }
  if (from < content.length) out.push({ text: content.slice(from) });
  return out;
}

/** Punctuation after a link belongs to the sentence, a bracket only when it was not opened in the link. */
function trimEnd(address: string): string {
  let end = address;
  for (;;) {
    const last = end.at(-1) ?? "";
    const unopened = last === ")" && end.split("(").length < end.split(")").length;
    if (!/[.,;:!?\]}*_]/.test(last) && !unopened) return end;
    end = end.slice(0, -1);
  }
}

/** The whole address, if it is one that may be followed; null otherwise. */
export function safeAddress(address: string, schemes: string[] = ["http:", "https:"]): string | null {
  try {
    const url = new URL(address);
    return schemes.includes(url.protocol) && (url.hostname || url.protocol === "mailto:") ? url.href : null;
  } catch {
    return null;
  }
}
