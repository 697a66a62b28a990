/** Something read from the server: on its way, there, or why not. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { read } from "./api.ts";

export interface Loaded<T> {
  value: T | null;
  problem: Problem | null;
  busy: boolean;
  again(): void;
}

/** What was there before stays until the new one has come, so that a page does not flicker. */
export function useLoaded<T>(path: string | null): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, "again">>({ value: null, problem: null, busy: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return;
    let current = true;
    setState((before) => ({ ...before, busy: true }));
    read<T>(path).then(
      (value) => current && setState({ value, problem: null, busy: false }),
      (error) => current && setState({ value: null, problem: asProblem(error), busy: false }),
    );
    return () => {
      current = false;
    };
  }, [path, turn]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  return { ...state, again };
}
