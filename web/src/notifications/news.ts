/** A list of notifications that stays true while it is shown, whichever device changes something. */

import { useEffect, useRef } from "preact/hooks";
import { device } from "../delivery/device.ts";
import type { Pages } from "../ui/loading.ts";
import { type Notification, type ReadNews, withNews, without, withRead } from "./model.ts";

/** What is read stays where it is, also among the unread: nothing jumps away from under a finger. */
export function useNews(pages: Pages<Notification>): void {
  const current = useRef(pages);
  current.current = pages;
  useEffect(() => {
    const change = (how: (items: Notification[]) => Notification[]) => current.current.set(how);
    const offs = [
      device.on("notification.created", ({ data }) =>
        change((items) => withNews(items, data.notification as Notification)),
      ),
      device.on("notification.read", ({ data }) =>
        change((items) => withRead(items, data as unknown as ReadNews)),
      ),
      device.on("notification.deleted", ({ data }) =>
        change((items) => without(items, data.ids as string[])),
      ),
    ];
    offs.push(device.onMissed(() => current.current.again()));
    return () => {
      for (const off of offs) off();
    };
  }, []);
}
