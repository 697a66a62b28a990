/** The pages with charts, loaded when first opened: whoever joins a meeting does not wait for them. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { text } from "../text.ts";
import { Button, Notice, Spinner } from "../ui/controls.tsx";
import { Shell } from "../ui/shell.tsx";
import { words } from "./words.ts";

function lazily<P extends object>(load: () => Promise<ComponentType<P>>) {
  return function Lazily(props: P) {
    const [page, setPage] = useState<{ Page: ComponentType<P> } | null>(null);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (failed) return;
      load().then(
        (Page) => setPage({ Page }),
        () => setFailed(true),
      );
    }, [failed]);
    if (page) return <page.Page {...props} />;
    return (
      <Shell>
        {failed ? (
          <Notice tone="error">
            {words.notLoaded} <Button onClick={() => setFailed(false)}>{text.common.retry}</Button>
          </Notice>
        ) : (
          <Spinner label={text.common.loading} />
        )}
      </Shell>
    );
  };
}

export const UsagePage = lazily(async () => (await import("./usage.tsx")).UsagePage);
export const InsightsPage = lazily<{ code: string }>(
  async () => (await import("./insights.tsx")).InsightsPage,
);
