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

export const forget = (key: string): void => remember(key, null);

/** The keys that begin so. */
export function rememberedKeys(prefix: string, store: () => Storage = () => localStorage): string[] {
  try {
    const storage = store();
    const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "");
    return keys.filter((key) => key.startsWith(PREFIX + prefix)).map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}

export function forgetAll(prefix: string): void {
  for (const key of rememberedKeys(prefix)) forget(key);
}

/** Another tab has taken something away that is kept under a key that begins so. Returns how to stop. */
export function onTakenAway(prefix: string, handler: (key: string) => void): () => void {
  const heard = ({ key, newValue, storageArea }: StorageEvent) => {
    if (storageArea === localStorage && newValue === null && key?.startsWith(PREFIX + prefix))
      handler(key.slice(PREFIX.length));
  };
  addEventListener("storage", heard);
  return () => removeEventListener("storage", heard);
}

export const thisTab = (): Storage => sessionStorage;
