/** /chats: the list, and beside it (on a phone instead of it) the chat that is open. */

import "./chat.css";
import { useState } from "preact/hooks";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { Button } from "../ui/controls.tsx";
import { Empty } from "../ui/parts.tsx";
import { SignedInPage } from "../ui/shell.tsx";
import { ConversationView } from "./conversation_view.tsx";
import { ChatList } from "./list.tsx";
import { NewChat, type NewKind } from "./new_chat.tsx";

const words = text.chats;

export function ChatsPage({ chatId, messageId }: { chatId: string | null; messageId: string | null }) {
  const [making, setMaking] = useState<NewKind | null>(null);
  return (
    <SignedInPage title={words.title} fill>
      {() => (
        <div class={chatId ? "chats with-open" : "chats"}>
          <ChatList openId={chatId} onNew={setMaking} />
          {chatId ? (
            <ConversationView key={chatId} chatId={chatId} messageId={messageId} />
          ) : (
            <section class="chats-none">
              <Empty icon="chat" title={words.choose} hint={words.chooseHint}>
                <Button tone="primary" icon="plus" onClick={() => setMaking("direct")}>
                  {words.newChat}
                </Button>
              </Empty>
            </section>
          )}
          {making && (
            <NewChat
              kind={making}
              onClose={() => setMaking(null)}
              onDone={(id) => {
                setMaking(null);
                go(`/chats/${id}`);
              }}
            />
          )}
        </div>
      )}
    </SignedInPage>
  );
}
