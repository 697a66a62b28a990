/**
 * What goes on beside every page while somebody is signed in, in meetings too: counting what is unread, an
 * incoming call. One line for each; most of them show nothing.
 */

import type { ComponentType } from "preact";
import { CallsInBackground } from "./calls/lazy.tsx";
import { ChatsInBackground } from "./chat/background.tsx";
import { user } from "./identity/session.ts";
import { NotificationsInBackground } from "./notifications/background.tsx";
import { PresenceInBackground } from "./presence/background.tsx";

const parts: ComponentType[] = [
  CallsInBackground,
  ChatsInBackground,
  NotificationsInBackground,
  PresenceInBackground,
];

export function SignedIn() {
  const me = user.value;
  if (!me) return null;
  return (
    <>
      {parts.map((Part, index) => (
        <Part key={`${me.id}.${index}`} />
      ))}
    </>
  );
}
