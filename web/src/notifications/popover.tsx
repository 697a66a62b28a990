/** What the bell opens: the latest, and the way to all of it. */

import "./notifications.css";
import { useEffect, useRef } from "preact/hooks";
import { route } from "../router.ts";
import { text } from "../text.ts";
import { badges } from "../ui/badges.ts";
import { Spinner } from "../ui/controls.tsx";
import { usePages } from "../ui/loading.ts";
import { Empty, Failed } from "../ui/parts.tsx";
import { Popover } from "../ui/popover.tsx";
import * as api from "./api.ts";
import { useNews } from "./news.ts";
import { Row } from "./row.tsx";
import { markAllRead } from "./state.ts";

const words = text.notifications;
const SHOWN = 8;

export function BellPopover({ anchor, onClose }: { anchor: HTMLElement; onClose(): void }) {
  const pages = usePages(() => api.list(null, false, SHOWN), []);
  useNews(pages);
  const at = route.value;
  const opened = useRef(at);
  useEffect(() => {
    if (opened.current !== at) onClose();
  }, [at]);
  const { items, problem } = pages;
  const newest = items?.[0];
  return (
    <Popover anchor={anchor} label={words.title} onClose={onClose}>
      <div class="bell-list">
        <header>
          <h2>{words.title}</h2>
          {newest && badges.notifications.value > 0 && (
            <button type="button" class="link" onClick={() => void markAllRead(newest)}>
              {words.readAll}
            </button>
          )}
        </header>
        {problem && <Failed problem={problem} onRetry={pages.again} />}
        {!items && !problem && <Spinner label={text.common.loading} />}
        {items?.length === 0 && <Empty icon="bell" title={words.none} hint={words.noneHint} />}
        {items && items.length > 0 && (
          <ul class="note-list">
            {items.slice(0, SHOWN).map((each) => (
              <Row key={each.id} notification={each} onGone={onClose} />
            ))}
          </ul>
        )}
        <footer>
          <a class="button quiet" href="/account#notifications">
            {words.settings}
          </a>
          <a class="button plain" href="/notifications">
            {words.seeAll}
          </a>
        </footer>
      </div>
    </Popover>
  );
}
