/** Pages and parts loaded when first needed: whoever joins a meeting does not wait for them. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { text } from "../text.ts";
import { Button, Notice, Spinner } from "./controls.tsx";
import { Shell } from "./shell.tsx";

type Load<P> = () => Promise<ComponentType<P>>;

/** A page: until it is there, and where it cannot be had, the shell says so. */
export function lazily<P extends object>(load: Load<P>) {
  const source: Source<P> = { load, part: null };
  return function Lazily(props: P) {
    const { Part, failed, again } = useLazy(source);
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
  const source: Source<P> = { load, part: null };
  return function LazyPart(props: P) {
    const { Part } = useLazy(source);
    return Part ? <Part {...props} /> : null;
  };
}

/** What has been loaded stays: the next time the page is there at once, and not a shell that it replaces. */
interface Source<P> {
  load: Load<P>;
  part: ComponentType<P> | null;
}

function useLazy<P extends object>(source: Source<P>) {
  const [, loaded] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (failed || source.part) return;
    source.load().then(
      (Part) => {
        source.part = Part;
        loaded(true);
      },
      () => setFailed(true),
    );
  }, [failed]);
  return { Part: source.part, failed, again: () => setFailed(false) };
}
