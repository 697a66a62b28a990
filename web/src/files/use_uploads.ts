/** The uploads of one place where one writes; they end with it. */

import { useEffect, useMemo } from "preact/hooks";
import { Uploads } from "./uploads.ts";

export function useUploads(chatId: string): Uploads {
  const uploads = useMemo(() => new Uploads(chatId), [chatId]);
  useEffect(() => () => uploads.end(), [uploads]);
  return uploads;
}
