/** What both pages with charts are made of. */

import { useState } from "preact/hooks";
import type { Problem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Button, Notice } from "../ui/controls.tsx";
import { toast } from "../ui/toasts.ts";
import { download } from "./api.ts";
import { words } from "./words.ts";

export function Failure({ problem, onRetry }: { problem: Problem; onRetry(): void }) {
  const away = problem.slug === "analytics_unavailable";
  return (
    <Notice tone={away ? "warn" : "error"}>
      {away ? words.away : problem.status === 0 ? problem.message : words.failed}{" "}
      <button type="button" class="link" onClick={onRetry}>
        {text.common.retry}
      </button>
    </Notice>
  );
}

export function Download({ path, name }: { path: string; name: string }) {
  const [busy, setBusy] = useState(false);
  const fetchIt = async () => {
    setBusy(true);
    await download(path, name).catch(() => toast(words.downloadFailed, { tone: "error" }));
    setBusy(false);
  };
  return (
    <Button busy={busy} onClick={() => void fetchIt()}>
      {words.download}
    </Button>
  );
}
