/** What a message says: text with links, or formatted. */

import { h, type VNode } from "preact";
import { useMemo } from "preact/hooks";
import { text } from "../text.ts";
import { Icon } from "../ui/icons.tsx";
import { type Node, type Source, tree } from "./formatted.ts";
import { pieces } from "./links.ts";
import type { Message } from "./model.ts";

const LINK = { target: "_blank", rel: "noopener noreferrer nofollow" };

export function Content({ content, formatted = null }: { content: string; formatted?: string | null }) {
  const parsed = useMemo(() => (formatted ? parse(formatted) : null), [formatted]);
  if (parsed) {
    return (
      <div class="bubble-text formatted" dir="auto">
        {parsed.map(element)}
      </div>
    );
  }
  return (
    <p class="bubble-text" dir="auto">
      {pieces(content).map((piece, index) =>
        piece.href ? (
          <a key={index} href={piece.href} {...LINK}>
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </p>
  );
}

/** Parsed apart from the page: nothing in it is loaded or run. */
function parse(html: string): Node[] {
  return tree(new DOMParser().parseFromString(html, "text/html").body as unknown as Source);
}

function element(node: Node, key: number): VNode | string {
  if (typeof node === "string") return node;
  const attributes = node.href ? { key, href: node.href, ...LINK } : { key };
  return h(node.tag, attributes, node.tag === "br" ? null : node.children.map(element));
}

/** A message in one line: for quotes and the list of chats. */
export function Summary({ message }: { message: Message }) {
  if (message.deleted_at) return <em>{text.chat.deleted}</em>;
  if (message.call) return <>{message.content || text.chat.call}</>;
  if (message.content) return <>{message.content}</>;
  const [first] = message.files;
  if (!first) return null;
  return (
    <>
      <Icon name="file" size={14} />{" "}
      {message.files.length > 1 ? text.chat.files(message.files.length) : first.name}
    </>
  );
}
