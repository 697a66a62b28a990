"""SQL of message_reactions."""

from datetime import datetime

from convoke.chat.store.messages import Connection


def add(
    conn: Connection,
    chat_id: str,
    message_id: str,
    *,
    emoji: str,
    member_id: str,
    most: int,
    now: datetime,
) -> None:
    """Once, and nothing when the message has `most` other emoji. After `messages.touch`."""
    conn.execute(
        """
        INSERT INTO message_reactions (chat_id, message_id, emoji, member_id, created_at)
        SELECT %(chat)s, %(message)s, %(emoji)s, %(member)s, %(now)s WHERE %(most)s > (
            SELECT count(DISTINCT r.emoji) FROM message_reactions r
            WHERE r.chat_id = %(chat)s AND r.message_id = %(message)s AND r.emoji <> %(emoji)s)
        ON CONFLICT DO NOTHING
        """,
        {
            "chat": chat_id,
            "message": message_id,
            "emoji": emoji,
            "member": member_id,
            "most": most,
            "now": now,
        },
    )


def remove(conn: Connection, chat_id: str, message_id: str, *, emoji: str, member_id: str) -> None:
    conn.execute(
        """
        DELETE FROM message_reactions
        WHERE chat_id = %s AND message_id = %s AND emoji = %s AND member_id = %s
        """,
        (chat_id, message_id, emoji, member_id),
    )
