/** Chats go on being counted and kept, whatever page is open. */

import { useEffect } from "preact/hooks";
import { startChats } from "./chats.ts";

export function ChatsInBackground() {
  useEffect(startChats, []);
  return null;
}
