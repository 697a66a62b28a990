/**
 * Formatted messages as a tree of the few elements they may have. The server has cleaned them; here nothing is
 * trusted once more, and nothing ever becomes markup of the page: the tree is rendered as elements of our own.
 */

import { safeAddress } from "./links.ts";

export type Node = string | { tag: string; href?: string; children: Node[] };

/** The part of a DOM node that is read, so that tests need no browser. */
export interface Source {
  nodeType: number;
  nodeName: string;
  nodeValue: string | null;
  childNodes: Iterable<Source>;
  getAttribute?(name: string): string | null;
}

const TAGS = new Set("b i em strong s code pre a ul ol li blockquote br p".split(" "));
/** Their content is no text for people. */
const SILENT = new Set("script style template title textarea noscript iframe object svg math".split(" "));
const MAX_DEPTH = 32;
const ELEMENT = 1;
const TEXT = 3;

export function tree(source: Source, depth = 0): Node[] {
  return [...source.childNodes].flatMap((child) => nodes(child, depth));
}

function nodes(source: Source, depth: number): Node[] {
  if (source.nodeType === TEXT) return source.nodeValue ? [source.nodeValue] : [];
  const tag = source.nodeName.toLowerCase();
  if (source.nodeType !== ELEMENT || SILENT.has(tag)) return [];
  // Too deep to be read, or unknown: the words stay.
  if (!TAGS.has(tag) || depth >= MAX_DEPTH) return depth >= MAX_DEPTH ? [] : tree(source, depth + 1);
  const children = tree(source, depth + 1);
  if (tag !== "a") return [{ tag, children }];
  const href = safeAddress(source.getAttribute?.("href") ?? "", ["http:", "https:", "mailto:"]);
  return href ? [{ tag, href, children }] : children;
}
