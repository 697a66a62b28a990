/** The uploads of one place where one writes; they end with it. */

import { useLayoutEffect, useMemo } from "preact/hooks";
import { Uploads } from "./uploads.ts";

export function useUploads(chatId: string): Uploads {
  const uploads = useMemo(() => new Uploads(chatId), [chatId]);
  useLayoutEffect(() => () => uploads.end(), [uploads]);
  return uploads;
}
