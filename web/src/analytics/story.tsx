/** What happened in a meeting, newest first. */

import { useState } from "preact/hooks";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Button, Spinner } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { read, type Timeline, type TimelineItem, timelinePath } from "./api.ts";
import { useLoaded } from "./loading.ts";
import { Download, Failure } from "./parts.tsx";
import { words } from "./words.ts";

const say = words.insights;

export function Story({ code }: { code: string }) {
  const { value, problem, again } = useLoaded<Timeline>(timelinePath(code));
  return (
    <section aria-labelledby="story" class="analytics-section">
      <div class="section-head">
        <h2 id="story">{say.timeline}</h2>
        {value && value.items.length > 0 && (
          <Download path={timelinePath(code, { limit: "1000" })} name={`timeline-${code}.csv`} />
        )}
      </div>
      {problem && <Failure problem={problem} onRetry={again} />}
      {!value && !problem && <Spinner label={text.common.loading} />}
      {value && <Items code={code} first={value} />}
    </section>
  );
}

function Items({ code, first }: { code: string; first: Timeline }) {
  const [older, setOlder] = useState<TimelineItem[]>([]);
  const [cursor, setCursor] = useState(first.next_cursor);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = async () => {
    if (!cursor) return;
    setBusy(true);
    setProblem(null);
    try {
      const page = await read<Timeline>(timelinePath(code, { cursor }));
      setOlder((before) => [...before, ...page.items]);
      setCursor(page.next_cursor);
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const all = [...first.items, ...older];
  if (all.length === 0) {
    return (
      <div class="empty">
        <Icon name="calendar" size={28} />
        <p>{say.timelineEmpty}</p>
        <small>{say.timelineHint}</small>
      </div>
    );
  }
  return (
    <>
      <ol class="story">
        {all.map((item) => (
          <li key={item.id}>
            <time dateTime={item.at}>{clock(item.at)}</time>
            <span>{item.words}</span>
          </li>
        ))}
      </ol>
      {problem && <Failure problem={problem} onRetry={() => void load()} />}
      {cursor && (
        <Button busy={busy} onClick={() => void load()}>
          {say.earlier}
        </Button>
      )}
    </>
  );
}

const clock = (at: string): string =>
  new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
