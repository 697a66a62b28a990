/** What a message needs to know of the place where it is shown. */

import type { Callable } from "./mentions.ts";
import type { ChatSession } from "./session.ts";

export interface ChatView {
  chat: ChatSession;
  /** By member id; null for somebody not known any more. */
  nameOf(memberId: string): string | null;
  /** Who may be called by name here, oneself among them; nobody where two talk. */
  people: readonly Callable[];
  /** One may write, and so react and reply. */
  writable: boolean;
  /** One may delete what others wrote. */
  moderates: boolean;
  /** To how many others a message goes, whose having read it is shown; null: it is not shown here. */
  audience: number | null;
}
