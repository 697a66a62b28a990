/** The pages of chats. */

import { lazily } from "../ui/lazy.tsx";

export const ChatsPage = lazily<{ chatId: string | null; messageId: string | null }>(
  async () => (await import("./page.tsx")).ChatsPage,
);
