"""People who know each other by a chat, written past the code of chats, which has tests of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime

from convoke.backends.postgres import System, transaction
from convoke.ids import new_id
from tests.conftest import Person


def share_chat(kind: str, *people: Person, left: Sequence[Person] = (), silent: bool = False) -> str:
    """A chat of this kind with these people in it; its id. Somebody has written in it unless `silent`."""
    chat_id, now = new_id(), datetime.now(UTC)
    with transaction(System()) as conn:
        conn.execute(
            """
            INSERT INTO chats (chat_id, kind, created_at, updated_at, last_activity_at, last_message_id)
            VALUES (%(chat)s, %(kind)s, %(now)s, %(now)s, %(now)s, %(message)s)
            """,
            {"chat": chat_id, "kind": kind, "now": now, "message": None if silent else new_id()},
        )
        for person in people:
            conn.execute(
                """
                INSERT INTO chat_members (chat_id, member_id, participant_id, user_id, display_name,
                    joined_at, left_at)
                VALUES (%(chat)s, %(member)s, %(participant)s, %(user)s, %(name)s, %(now)s, %(left)s)
                """,
                {
                    "chat": chat_id,
                    "member": person.id,
                    "participant": person.id if kind == "meeting" else None,
                    "user": person.id,
                    "name": person.user["display_name"],
                    "now": now,
                    "left": now if person in left else None,
                },
            )
    return chat_id
