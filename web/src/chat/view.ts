/** What a message needs to know of the place where it is shown. */

import type { ChatSession } from "./session.ts";

export interface ChatView {
  chat: ChatSession;
  /** By member id; null for somebody not known any more. */
  nameOf(memberId: string): string | null;
  /** One may write, and so react and reply. */
  writable: boolean;
  /** One may delete what others wrote. */
  moderates: boolean;
  /** To how many others a message goes, whose having read it is shown; null: it is not shown here. */
  audience: number | null;
}
