/** How much is new in each place of the navigation; set by whoever knows, shown by the shell. */

import { signal } from "@preact/signals";

export const badges = {
  chats: signal(0),
  calls: signal(0),
  notifications: signal(0),
};
