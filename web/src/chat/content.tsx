/** What a message says: text with links, or formatted. */

import { Fragment, h, type VNode } from "preact";
import { useMemo } from "preact/hooks";
import { text } from "../text.ts";
import { Icon } from "../ui/icons.tsx";
import { type Node, type Source, tree } from "./formatted.ts";
import { pieces } from "./links.ts";
import { type Called, calls, namesCalled } from "./mentions.ts";
import type { Message } from "./model.ts";
import type { ChatView } from "./view.ts";

const LINK = { target: "_blank", rel: "noopener noreferrer nofollow" };

interface ContentProps {
  view: ChatView;
  content: string;
  formatted?: string | null;
  mentions: readonly string[];
}

/** How a piece of plain text is shown. */
type Say = (words: string) => (VNode | string)[];

export function Content({ view, content, formatted = null, mentions }: ContentProps) {
  const parsed = useMemo(() => (formatted ? parse(formatted) : null), [formatted]);
  const names = content.includes("@") ? namesCalled(mentions, view.people, view.nameOf) : [];
  const say: Say = (words) => calls(words, names).map((piece, key) => mention(piece, view.chat.me, key));
  if (parsed) {
    return (
      <div class="bubble-text formatted" dir="auto">
        {parsed.map((node, key) => element(node, key, say))}
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
          say(piece.text)
        ),
      )}
    </p>
  );
}

/** Parsed apart from the page: nothing in it is loaded or run. */
function parse(html: string): Node[] {
  return tree(new DOMParser().parseFromString(html, "text/html").body as unknown as Source);
}

const LITERAL = new Set(["code", "pre", "a"]);
const asItIs: Say = (words) => [words];

function element(node: Node, key: number, say: Say): VNode | string {
  if (typeof node === "string") return h(Fragment, { key }, say(node));
  const attributes = node.href ? { key, href: node.href, ...LINK } : { key };
  const within = LITERAL.has(node.tag) ? asItIs : say;
  return h(
    node.tag,
    attributes,
    node.tag === "br" ? null : node.children.map((child, at) => element(child, at, within)),
  );
}

function mention(piece: Called, me: string | undefined, key: number): VNode | string {
  if (typeof piece === "string") return piece;
  const Tag = me !== undefined && piece.ids.includes(me) ? "mark" : "span";
  return (
    <Tag key={key} class="mention">
      {piece.text}
    </Tag>
  );
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
