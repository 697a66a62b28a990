/** A browser's User-Agent header as words that its owner recognizes. Pure. */

// The order matters: nearly every browser claims to be Chrome and Safari as well.
const BROWSERS: [RegExp, string][] = [
  [/Edg(e|A|iOS)?\//, "Edge"],
  [/OPR\/|Opera/, "Opera"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\/|Chromium\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** `["Firefox", "Linux"]`; null for what is not known. A program's is its first word, such as "curl". */
export function deviceOf(userAgent: string): [browser: string | null, system: string | null] {
  const among = (known: [RegExp, string][]) =>
    known.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null;
  const program = /^Mozilla\//.test(userAgent) ? null : (/^[^/\s]+/.exec(userAgent)?.[0] ?? null);
  return [among(BROWSERS) ?? program, among(SYSTEMS)];
}
