/** Something read from the server: on its way, there, or why not. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "../delivery/problem.ts";

export interface Loaded<T> {
  value: T | null;
  problem: Problem | null;
  busy: boolean;
  again(): void;
}

/** What was there before stays until the new one has come, so that a page does not flicker. */
export function useLoaded<T>(load: () => Promise<T>, depends: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, "again">>({ value: null, problem: null, busy: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    setState((before) => ({ ...before, busy: true }));
    load().then(
      (value) => current && setState({ value, problem: null, busy: false }),
      (error) => current && setState({ value: null, problem: asProblem(error), busy: false }),
    );
    return () => {
      current = false;
    };
  }, [...depends, turn]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  return { ...state, again };
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Pages<T> extends Omit<Loaded<T[]>, "value"> {
  items: T[] | null;
  /** There is another page. */
  more: boolean;
  loadMore(): void;
  /** After an event: change what is shown without asking again. */
  set(change: (items: T[]) => T[]): void;
}

export function usePages<T>(
  load: (cursor: string | null) => Promise<Page<T>>,
  depends: readonly unknown[],
): Pages<T> {
  const [items, setItems] = useState<T[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(true);
  const turn = useRef(0);
  /** Changes while a page is on its way, which may be from before them: each is one that can be made twice. */
  const meanwhile = useRef<((items: T[]) => T[])[] | null>(null);
  const read = async (cursor: string | null) => {
    const mine = ++turn.current;
    const changes: ((items: T[]) => T[])[] = [];
    meanwhile.current = changes;
    setBusy(true);
    setProblem(null);
    try {
      const page = await load(cursor);
      if (turn.current !== mine) return;
      setItems((before) => {
        const all = cursor && before ? [...before, ...page.items] : page.items;
        return changes.reduce((items, change) => change(items), all);
      });
      setNext(page.next_cursor);
    } catch (error) {
      if (turn.current === mine) setProblem(asProblem(error));
    } finally {
      if (turn.current === mine) {
        meanwhile.current = null;
        setBusy(false);
      }
    }
  };
  useEffect(() => {
    void read(null);
    return () => {
      turn.current++;
    };
  }, depends);
  return {
    items,
    more: next !== null,
    loadMore: () => void read(next),
    problem,
    busy,
    again: () => void read(null),
    set: (change) => {
      meanwhile.current?.push(change);
      setItems((before) => (before ? change(before) : before));
    },
  };
}
