/** /calls: who was called, who has called, and what came of it. */

import { useEffect, useState } from "preact/hooks";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, IconButton, Spinner } from "../ui/controls.tsx";
import { dateTime, whenShort } from "../ui/dates.ts";
import { Icon } from "../ui/icons.tsx";
import { usePages } from "../ui/loading.ts";
import { Empty, Failed, More } from "../ui/parts.tsx";
import { SignedInPage } from "../ui/shell.tsx";
import { type Filter, history } from "./api.ts";
import "./calls.css";
import { type Call, duration, faceOf, isOpen, outcomeOf, stateOf, titleOf } from "./model.ts";
import { changed, current, joinCall, missedSeen, startCall } from "./state.ts";

const words = text.calls;
const FILTERS: Filter[] = ["all", "missed", "incoming", "outgoing"];

export function CallsPage() {
  return <SignedInPage title={words.title}>{() => <Calls />}</SignedInPage>;
}

function Calls() {
  const [filter, setFilter] = useState<Filter>("all");
  const pages = usePages((cursor) => history(filter, cursor), [filter, changed.value]);
  useEffect(missedSeen, [changed.value]);
  return (
    <section class="calls">
      <h1>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <div class="call-filters" role="group" aria-label={words.filters}>
        {FILTERS.map((name) => (
          <button
            key={name}
            type="button"
            class="call-filter"
            aria-pressed={filter === name}
            onClick={() => setFilter(name)}
          >
            {words.filter[name]}
          </button>
        ))}
      </div>
      {pages.problem && <Failed problem={pages.problem} onRetry={pages.again} />}
      {!pages.items && pages.busy && <Spinner label={text.common.loading} />}
      {pages.items?.length === 0 && (
        <Empty
          icon="call"
          title={filter === "missed" ? words.noneMissed : words.none}
          {...(filter === "all" ? { hint: words.noneHint } : {})}
        />
      )}
      {pages.items && pages.items.length > 0 && (
        <ul class="call-list" aria-label={words.list}>
          {pages.items.map((call) => (
            <Row key={call.id} call={call} />
          ))}
        </ul>
      )}
      {pages.more && <More busy={pages.busy} onClick={pages.loadMore} />}
    </section>
  );
}

function Row({ call }: { call: Call }) {
  const me = user.value?.id;
  const face = faceOf(call, me);
  const mine = stateOf(call, me);
  const missed = mine === "missed" || mine === "busy";
  const outgoing = call.initiator?.user_id === me;
  const title = titleOf(call, me);
  return (
    <li class={missed ? "call-row missed" : "call-row"} data-call-id={call.id}>
      <Avatar {...face} size="small" />
      <div class="call-row-what">
        <a href={`/chats/${call.chat_id}`} dir="auto">
          {title}
        </a>
        <small>
          <Icon name={outgoing ? "outgoing" : "incoming"} size={14} />
          {outcomeOf(call, me)}
          {call.duration_seconds !== null && ` · ${duration(call.duration_seconds)}`}
        </small>
      </div>
      <time dateTime={call.created_at} title={dateTime(call.created_at)}>
        {whenShort(call.created_at)}
      </time>
      <Actions call={call} title={title} />
    </li>
  );
}

function Actions({ call, title }: { call: Call; title: string }) {
  const engaged = current.value !== null && current.value.phase.value !== "over";
  const target = { chatId: call.chat_id };
  if (isOpen(call)) {
    const here = current.value?.call.value?.id === call.id;
    return (
      <Button tone="primary" disabled={here} onClick={() => void joinCall(call.id, call.media_type)}>
        {words.join}
      </Button>
    );
  }
  return (
    <div class="call-row-actions">
      <IconButton
        icon="call"
        tone="quiet"
        tip="none"
        disabled={engaged}
        label={words.callPerson(title)}
        onClick={() => void startCall(target, "audio")}
      />
      <IconButton
        icon="camera"
        tone="quiet"
        tip="none"
        disabled={engaged}
        label={words.videoPerson(title)}
        onClick={() => void startCall(target, "video")}
      />
    </div>
  );
}
