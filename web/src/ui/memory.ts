/** Small choices kept on this device. Storage may be forbidden or full: then they last as long as the page. */

const PREFIX = "convoke.";

export function remembered<T>(key: string, otherwise: T, store: () => Storage = () => localStorage): T {
  try {
    const raw = store().getItem(PREFIX + key);
    return raw === null ? otherwise : (JSON.parse(raw) as T);
  } catch {
    return otherwise;
  }
}

export function remember(key: string, value: unknown, store: () => Storage = () => localStorage): void {
  try {
    if (value === null) store().removeItem(PREFIX + key);
    else store().setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Private windows may refuse; nothing depends on it.
  }
}

export const thisTab = (): Storage => sessionStorage;
