/** The one following of this page, on the page's one socket. */

import { signal } from "@preact/signals";
import { device } from "../delivery/device.ts";
import { Following } from "./following.ts";
import type { Presence } from "./model.ts";

export const following = new Following({
  watch: async (userIds) => {
    const answer = await device.request<{ items: Presence[] }>("presence.watch", { user_ids: userIds });
    return answer.items;
  },
  unwatch: (userIds) => device.request("presence.unwatch", { user_ids: userIds }),
});

/** Ticks once a minute: "5 minutes ago" becomes 6. */
export const minute = signal(Date.now());
