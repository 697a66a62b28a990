"""SQL of chats, members and messages."""

from datetime import datetime
from typing import Any

import psycopg

from convoke.chat.model import Direction, MessageType, Sender, StoredMessage

Row = dict[str, Any]
Connection = psycopg.Connection[Row]

_LOWEST, _HIGHEST = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
_COLUMNS = """
    message_id::text AS id, chat_id::text, type, sender_participant_id::text, sender_user_id::text,
    sender_name, CASE WHEN deleted_at IS NULL THEN content ELSE '' END AS content, reply_to::text,
    recipient_participant_id::text, recipient_user_id::text, client_id, created_at, edited_at, deleted_at
"""


def insert_chat(conn: Connection, chat_id: str, kind: str, now: datetime) -> None:
    conn.execute(
        """
        INSERT INTO chats (chat_id, kind, created_at, updated_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (chat_id) DO NOTHING
        """,
        (chat_id, kind, now, now),
    )


def update_open(conn: Connection, chat_id: str, *, is_open: bool, now: datetime) -> None:
    conn.execute(
        "UPDATE chats SET is_open = %s, updated_at = %s WHERE chat_id = %s AND is_open <> %s",
        (is_open, now, chat_id, is_open),
    )


def upsert_member(  # noqa: PLR0917 (a row)
    conn: Connection, chat_id: str, participant_id: str, user_id: str | None, display_name: str, now: datetime
) -> None:
    conn.execute(
        """
        INSERT INTO chat_members (chat_id, member_id, participant_id, user_id, display_name, joined_at)
        VALUES (%(chat)s, %(participant)s, %(participant)s, %(user)s, %(name)s, %(now)s)
        ON CONFLICT (chat_id, member_id) DO UPDATE
            SET display_name = excluded.display_name, user_id = excluded.user_id, left_at = NULL
        """,
        {"chat": chat_id, "participant": participant_id, "user": user_id, "name": display_name, "now": now},
    )


def update_name(conn: Connection, chat_id: str, participant_id: str, display_name: str) -> None:
    conn.execute(
        "UPDATE chat_members SET display_name = %s WHERE chat_id = %s AND member_id = %s",
        (display_name, chat_id, participant_id),
    )


def mark_left(conn: Connection, chat_id: str, participant_id: str, now: datetime) -> None:
    conn.execute(
        """
        UPDATE chat_members SET left_at = %s WHERE chat_id = %s AND member_id = %s AND left_at IS NULL
        """,
        (now, chat_id, participant_id),
    )


def sending_context(
    conn: Connection,
    chat_id: str,
    *,
    user_id: str | None,
    participant_id: str | None,
    client_id: str,
    reply_to: str | None,
    recipient: str | None,
) -> Row | None:
    """All that decides about a send, in one query: the chat, the sender's and recipient's membership, whether
    the message replied to can be seen, and the message itself when it was sent before."""
    return conn.execute(
        """
        SELECT c.kind, c.is_open, me.member_id::text, me.participant_id::text, me.user_id::text,
            me.display_name, me.left_at, other.participant_id::text AS recipient_participant_id,
            other.user_id::text AS recipient_user_id, old.message_id::text AS sent_before,
            %(reply)s::uuid IS NULL OR EXISTS (
                SELECT 1 FROM messages r WHERE r.chat_id = c.chat_id AND r.message_id = %(reply)s
            ) AS reply_found
        FROM chats c
        JOIN LATERAL (
            SELECT m.* FROM chat_members m
            WHERE m.chat_id = c.chat_id
                AND (m.user_id = %(user)s::uuid OR m.member_id = %(participant)s::uuid)
            ORDER BY m.left_at IS NOT NULL, (m.member_id = %(participant)s::uuid) IS NOT TRUE,
                m.joined_at DESC
            LIMIT 1
        ) me ON true
        LEFT JOIN chat_members other ON other.chat_id = c.chat_id AND other.left_at IS NULL
            AND other.member_id = %(recipient)s::uuid AND other.participant_id IS NOT NULL
        LEFT JOIN messages old ON old.chat_id = c.chat_id AND old.sender_id = me.member_id
            AND old.client_id = %(client)s
        WHERE c.chat_id = %(chat)s
        """,
        {
            "chat": chat_id,
            "user": user_id,
            "participant": participant_id,
            "client": client_id,
            "reply": reply_to,
            "recipient": recipient,
        },
    ).fetchone()


def insert_message(conn: Connection, message: StoredMessage, sender_id: str) -> None:
    """Raises UniqueViolation (at the next fetch or commit) when the sender's `client_id` is there already."""
    conn.execute(
        """
        INSERT INTO messages (chat_id, message_id, client_id, type, sender_id, sender_participant_id,
            sender_user_id, sender_name, content, reply_to, recipient_participant_id, recipient_user_id,
            created_at)
        VALUES (%(chat_id)s, %(id)s, %(client_id)s, %(type)s, %(sender_id)s, %(sender_participant_id)s,
            %(sender_user_id)s, %(sender_name)s, %(content)s, %(reply_to)s, %(recipient_participant_id)s,
            %(recipient_user_id)s, %(created_at)s)
        """,
        message.model_dump(exclude={"sender"})
        | {
            "type": message.type.value,
            "sender_id": sender_id,
            "sender_participant_id": message.sender.participant_id,
            "sender_user_id": message.sender.user_id,
            "sender_name": message.sender.display_name,
        },
    )


def message(conn: Connection, chat_id: str, message_id: str) -> StoredMessage | None:
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM messages WHERE chat_id = %s AND message_id = %s",  # noqa: S608 (constant)
        (chat_id, message_id),
    ).fetchone()
    return None if row is None else stored_message(row)


def page(
    conn: Connection, chat_id: str, *, beyond: str | None, direction: Direction, limit: int
) -> psycopg.Cursor[Row]:
    """Rows from `beyond` on in the asked direction, nearest first; not fetched yet.

    There is always one row: `readable` says whether the caller is or was in the chat, and `id` is null where
    there is no message. One statement, so that one round trip answers both.
    """
    sign, order, end = (">", "ASC", _LOWEST) if direction == "after" else ("<", "DESC", _HIGHEST)
    return conn.execute(
        f"""
        SELECT member.readable, found.* FROM (SELECT app_chat_until(%(chat)s) IS NOT NULL AS readable) member
        LEFT JOIN LATERAL (
            SELECT {_COLUMNS} FROM messages WHERE chat_id = %(chat)s AND message_id {sign} %(beyond)s
            ORDER BY message_id {order} LIMIT %(limit)s
        ) found ON true ORDER BY found.id {order}
        """,  # noqa: S608 (constants)
        {"chat": chat_id, "beyond": beyond or end, "limit": limit},
    )


def stored_message(row: Row) -> StoredMessage:
    return StoredMessage(
        id=row["id"],
        chat_id=row["chat_id"],
        type=MessageType(row["type"]),
        sender=Sender(
            participant_id=row["sender_participant_id"],
            user_id=row["sender_user_id"],
            display_name=row["sender_name"],
        ),
        content=row["content"],
        reply_to=row["reply_to"],
        recipient_participant_id=row["recipient_participant_id"],
        recipient_user_id=row["recipient_user_id"],
        client_id=row["client_id"],
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        deleted_at=row["deleted_at"],
    )
