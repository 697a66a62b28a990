/** All chats, newest activity first. */

import { useMemo, useState } from "preact/hooks";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import { Button, Count, IconButton, Spinner } from "../ui/controls.tsx";
import { whenShort } from "../ui/dates.ts";
import { Icon } from "../ui/icons.tsx";
import { remembered } from "../ui/memory.ts";
import { folded } from "../ui/names.ts";
import { Empty, Failed, More } from "../ui/parts.tsx";
import { chatList, isMuted, listProblem, loadChats, loaded, loadMoreChats, moreChats } from "./chats.ts";
import { Summary } from "./content.tsx";
import { Face } from "./face.tsx";
import type { ChatSummary } from "./model.ts";
import { titleOf } from "./names.ts";
import type { NewKind } from "./new_chat.tsx";
import { FoundMessages, SHORTEST } from "./search.tsx";

const words = text.chats;

export function ChatList({ openId, onNew }: { openId: string | null; onNew(kind: NewKind): void }) {
  const [query, setQuery] = useState("");
  const all = chatList.value;
  const shown = useMemo(() => matching(all, query), [all, query]);
  const problem = listProblem.value;
  return (
    <section class="chat-list" aria-label={words.title}>
      <header class="chat-list-head">
        <h1>{words.title}</h1>
        <IconButton
          icon="people"
          tone="quiet"
          tip="down"
          label={words.newGroup}
          onClick={() => onNew("group")}
        />
        <IconButton icon="plus" tone="on" tip="down" label={words.newChat} onClick={() => onNew("direct")} />
      </header>
      <label class="chat-search">
        <Icon name="search" size={17} />
        <span class="visually-hidden">{words.search}</span>
        <input
          type="search"
          dir="auto"
          placeholder={words.search}
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      </label>
      <div class="chat-list-scroll">
        {problem && <Failed problem={problem} onRetry={() => void loadChats()} />}
        {!loaded.value && !problem && <Spinner label={text.common.loading} />}
        {loaded.value && all.length === 0 && (
          <Empty icon="chat" title={words.none} hint={words.noneHint}>
            <Button tone="primary" icon="plus" onClick={() => onNew("direct")}>
              {words.newChat}
            </Button>
          </Empty>
        )}
        {all.length > 0 && shown.length === 0 && <p class="chat-list-hint">{words.noMatch}</p>}
        <ul>
          {shown.map((chat) => (
            <Row key={chat.id} chat={chat} open={chat.id === openId} />
          ))}
        </ul>
        {moreChats.value && !query && <LoadMore />}
        {query.trim().length >= SHORTEST && <FoundMessages query={query.trim()} />}
      </div>
    </section>
  );
}

function LoadMore() {
  const [busy, setBusy] = useState(false);
  const load = async () => {
    setBusy(true);
    await loadMoreChats();
    setBusy(false);
  };
  return <More busy={busy} onClick={() => void load()} />;
}

/** By a part of its name. */
function matching(chats: ChatSummary[], query: string): ChatSummary[] {
  const wanted = folded(query.trim());
  return wanted ? chats.filter((chat) => folded(titleOf(chat)).includes(wanted)) : chats;
}

function Row({ chat, open }: { chat: ChatSummary; open: boolean }) {
  const title = titleOf(chat);
  const muted = isMuted(chat.muted_until);
  return (
    <li>
      <a
        class={chat.unread > 0 ? "chat-row unread" : "chat-row"}
        href={`/chats/${chat.id}`}
        aria-current={open ? "page" : undefined}
        aria-label={chat.unread > 0 ? words.unread(title, chat.unread) : title}
      >
        <Face chat={chat} />
        <span class="chat-row-title" dir="auto">
          {title}
        </span>
        <time dateTime={chat.last_activity_at}>{whenShort(chat.last_activity_at)}</time>
        <span class="chat-row-last" dir="auto">
          <Last chat={chat} open={open} />
        </span>
        {muted && <Icon name="bell_off" size={15} />}
        <Count of={chat.unread} look={muted ? "count quiet" : "count"} />
      </a>
    </li>
  );
}

function Last({ chat, open }: { chat: ChatSummary; open: boolean }) {
  const draft = open ? "" : remembered(`draft.${chat.id}`, "");
  if (draft) {
    return (
      <>
        <em class="chat-row-draft">{words.draft}</em> {draft}
      </>
    );
  }
  const message = chat.last_message;
  if (!message) return null;
  const own = message.sender.user_id === user.value?.id;
  const from = own ? text.chat.you : chat.kind === "direct" ? "" : message.sender.display_name;
  return (
    <>
      {from && message.type !== "system" && `${from}: `}
      <Summary message={message} />
    </>
  );
}
