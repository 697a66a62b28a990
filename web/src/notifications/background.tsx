/** Notifications go on being counted and shown, whatever page is open. */

import { useEffect } from "preact/hooks";
import { user } from "../identity/session.ts";
import { startNotifications } from "./state.ts";

export function NotificationsInBackground() {
  const id = user.value?.id;
  useEffect(() => (id ? startNotifications(id) : undefined), [id]);
  return null;
}
