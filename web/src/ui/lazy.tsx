/** Pages and parts loaded when first needed: whoever joins a meeting does not wait for them. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { text } from "../text.ts";
import { Button, Notice, Spinner } from "./controls.tsx";
import { Shell } from "./shell.tsx";

type Load<P> = () => Promise<ComponentType<P>>;

/** A page: until it is there, and where it cannot be had, the shell says so. */
export function lazily<P extends object>(load: Load<P>) {
  return function Lazily(props: P) {
    const { Part, failed, again } = useLazy(load);
    if (Part) return <Part {...props} />;
    return (
      <Shell>
        {failed ? (
          <Notice tone="error">
            {text.errors.notLoaded} <Button onClick={again}>{text.common.retry}</Button>
          </Notice>
        ) : (
          <Spinner label={text.common.loading} />
        )}
      </Shell>
    );
  };
}

/** A part beside the page: nothing until it is there. */
export function lazyPart<P extends object>(load: Load<P>) {
  return function LazyPart(props: P) {
    const { Part } = useLazy(load);
    return Part ? <Part {...props} /> : null;
  };
}

function useLazy<P extends object>(load: Load<P>) {
  const [part, setPart] = useState<{ Part: ComponentType<P> } | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (failed) return;
    load().then(
      (Part) => setPart({ Part }),
      () => setFailed(true),
    );
  }, [failed]);
  return { Part: part?.Part ?? null, failed, again: () => setFailed(false) };
}
