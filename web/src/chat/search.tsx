/** Messages that have what is searched for, newest first, each a way to its place. */

import { useEffect, useState } from "preact/hooks";
import { call } from "../delivery/http.ts";
import { credentials } from "../identity/session.ts";
import { text } from "../text.ts";
import { Spinner } from "../ui/controls.tsx";
import { whenShort } from "../ui/dates.ts";
import { type Page, usePages } from "../ui/loading.ts";
import { Failed, More } from "../ui/parts.tsx";
import { summaryOf } from "./chats.ts";
import { excerpt, type Range } from "./excerpt.ts";
import type { Message } from "./model.ts";
import { titleOf } from "./names.ts";

const words = text.chats;
const TYPING_MS = 300;
export const SHORTEST = 2;

interface Hit {
  message: Message;
  highlights: Range[];
}

function search(query: string, cursor: string | null): Promise<Page<Hit>> {
  const asked = new URLSearchParams({ q: query, ...(cursor ? { cursor } : {}) });
  return call(`/v1/messages/search?${asked}`, { credentials });
}

export function FoundMessages({ query }: { query: string }) {
  const asked = useStill(query);
  const { items, more, loadMore, problem, busy, again } = usePages((at) => search(asked, at), [asked]);
  return (
    <section class="found-messages" aria-label={words.messages}>
      <h3>{words.messages}</h3>
      {problem && <Failed problem={problem} onRetry={again} />}
      {!items && !problem && <Spinner label={text.common.loading} />}
      {items?.length === 0 && !busy && <p class="chat-list-hint">{words.noMessage}</p>}
      <ul>
        {items?.map((hit) => (
          <FoundRow key={hit.message.id} hit={hit} />
        ))}
      </ul>
      {more && <More busy={busy} onClick={loadMore} />}
    </section>
  );
}

function FoundRow({ hit: { message, highlights } }: { hit: Hit }) {
  const chat = summaryOf(message.chat_id);
  const from = message.sender.display_name;
  return (
    <li>
      <a class="found-row" href={`/chats/${message.chat_id}?m=${message.id}`}>
        <span class="found-row-where" dir="auto">
          {chat && chat.kind !== "direct" ? words.fromIn(from, titleOf(chat)) : from}
        </span>
        <time dateTime={message.created_at}>{whenShort(message.created_at)}</time>
        <span class="found-row-words" dir="auto">
          {excerpt(message.content ?? "", highlights).map((piece, index) =>
            piece.marked ? <mark key={index}>{piece.text}</mark> : piece.text,
          )}
        </span>
      </a>
    </li>
  );
}

/** What is typed, once the typing pauses. */
function useStill(query: string): string {
  const [still, setStill] = useState(query);
  useEffect(() => {
    const timer = setTimeout(() => setStill(query), TYPING_MS);
    return () => clearTimeout(timer);
  }, [query]);
  return still;
}
