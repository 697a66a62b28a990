/** Something that is saved with each change: shown at once, one request at a time, the last change wins. */

import { useRef, useState } from "preact/hooks";

/** What is shown, and how to change it. What could not be saved goes back to what the server has. */
export function useChanged<T>(
  loaded: T,
  save: (value: T) => Promise<T>,
  onFailed: (error: unknown) => void,
): [T, (value: T) => void] {
  const [shown, setShown] = useState(loaded);
  const saved = useRef(loaded);
  const wanted = useRef<T | null>(null);
  const busy = useRef(false);
  const work = async () => {
    if (busy.current) return;
    busy.current = true;
    try {
      while (wanted.current !== null) {
        const next = wanted.current;
        wanted.current = null;
        saved.current = await save(next);
      }
    } catch (error) {
      wanted.current = null;
      setShown(saved.current);
      onFailed(error);
    } finally {
      busy.current = false;
    }
  };
  const change = (value: T) => {
    setShown(value);
    wanted.current = value;
    void work();
  };
  return [shown, change];
}
