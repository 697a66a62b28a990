/** What is loaded only when somebody looks. */

import { lazily, lazyPart } from "../ui/lazy.tsx";

export const NotificationsPage = lazily(async () => (await import("./page.tsx")).NotificationsPage);
export const UnsubscribePage = lazily(async () => (await import("./unsubscribe.tsx")).UnsubscribePage);
export const BellPopover = lazyPart(async () => (await import("./popover.tsx")).BellPopover);
export const NotificationsSection = lazyPart(
  async () => (await import("./preferences.tsx")).NotificationsSection,
);
