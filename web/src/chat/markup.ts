/**
 * What people type to format: *bold*, _italic_, ~struck~, `code`, ``` blocks, > quotes, lists by - and 1.
 * It becomes HTML of the few elements that a message may have; the typed text goes along as it is.
 */

import { pieces } from "./links.ts";

/** The server takes no more. */
const MOST = 16_000;
const MARKS: readonly [mark: string, tag: string][] = [
  ["\\*", "b"],
  ["_", "i"],
  ["~", "s"],
];
// A mark stands at the edge of a word, so that snake_case, 2*3*4 and ~/home stay what they are.
const PATTERNS = MARKS.map(
  ([mark, tag]) =>
    [
      new RegExp(
        `(?<![\\p{L}\\p{N}${mark}])${mark}(?=\\S)([^\\n${mark}]*?\\S)${mark}(?![\\p{L}\\p{N}${mark}])`,
        "gu",
      ),
      tag,
    ] as const,
);
const FENCE = /^```[ \t]*\n([\s\S]*?)\n?```[ \t]*$/m;
const QUOTE = /^> ?/;
const BULLET = /^- +(?=\S)/;
const NUMBER = /^\d{1,3}[.)] +(?=\S)/;

/** HTML for what was typed; null where nothing in it is formatted. */
export function formatted(content: string): string | null {
  const html = blocks(content);
  const plain = !/<(?:b|i|s|code|pre|blockquote|ul|ol)>/.test(html);
  return plain || html.length > MOST ? null : html;
}

function blocks(content: string): string {
  const fence = FENCE.exec(content);
  if (fence?.[1] === undefined) return lines(content);
  const after = content.slice(fence.index + fence[0].length);
  return `${lines(content.slice(0, fence.index))}<pre>${escaped(fence[1])}</pre>${blocks(after)}`;
}

/** Lines of one kind that follow each other are one block. */
function lines(content: string): string {
  const out: string[] = [];
  let run: string[] = [];
  let kind = "";
  const close = (): void => {
    if (run.length > 0) out.push(block(kind, run));
    run = [];
  };
  for (const line of content.split("\n")) {
    const next = kindOf(line);
    if (next !== kind) close();
    kind = next;
    if (kind) run.push(line);
  }
  close();
  return out.join("");
}

function kindOf(line: string): string {
  if (QUOTE.test(line)) return "blockquote";
  if (BULLET.test(line)) return "ul";
  if (NUMBER.test(line)) return "ol";
  return line.trim() ? "p" : "";
}

function block(kind: string, run: readonly string[]): string {
  if (kind === "p") return `<p>${run.map(inline).join("<br>")}</p>`;
  if (kind === "blockquote")
    return `<blockquote>${run.map((line) => inline(line.replace(QUOTE, ""))).join("<br>")}</blockquote>`;
  const items = run.map((line) => `<li>${inline(line.replace(kind === "ul" ? BULLET : NUMBER, ""))}</li>`);
  return `<${kind}>${items.join("")}</${kind}>`;
}

function inline(line: string): string {
  // What stands between ` is said as it is, links and all.
  return line
    .split(/`([^`\n]+)`/)
    .map((part, at) => (at % 2 ? `<code>${escaped(part)}</code>` : linked(part)))
    .join("");
}

function linked(words: string): string {
  return pieces(words)
    .map((piece) =>
      piece.href
        ? `<a href="${escaped(piece.href)}">${escaped(piece.text)}</a>`
        : PATTERNS.reduce(
            (said, [mark, tag]) => said.replace(mark, `<${tag}>$1</${tag}>`),
            escaped(piece.text),
          ),
    )
    .join("");
}

function escaped(words: string): string {
  return words.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
