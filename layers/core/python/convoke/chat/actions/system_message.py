"""What the product itself says in a chat: who came, who went, what it is called now."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from convoke.chat.model import MAX_CONTENT, MessageType, Sender, StoredMessage
from convoke.chat.store import messages
from convoke.chat.store.messages import Connection, Row
from convoke.ids import new_id


@dataclass(frozen=True, slots=True)
class Posted:
    """A message on its way: its number is known after the commit."""

    unnumbered: StoredMessage
    inserted: psycopg.Cursor[Row]

    def message(self) -> StoredMessage:
        seq = (self.inserted.fetchone() or {})["seq"]
        return self.unnumbered.model_copy(update={"seq": seq, "changed_seq": seq})


def post_system(conn: Connection, chat_id: str, sentence: str, now: datetime) -> Posted:
    """The last statement before the commit; it gives the change of the chat its number too."""
    message = StoredMessage(
        id=new_id(now),
        chat_id=chat_id,
        seq=0,
        changed_seq=0,
        type=MessageType.SYSTEM,
        sender=Sender(participant_id=None, user_id=None, display_name=""),
        content=sentence[:MAX_CONTENT],
        client_id=new_id(now),
        created_at=now,
    )
    return Posted(message, messages.insert(conn, message, None))
