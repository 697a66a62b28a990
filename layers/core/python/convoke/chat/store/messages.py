"""SQL of messages: what is said, and what becomes of it."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from convoke.chat.model import Direction, EditMessage, MessageType, Sender, StoredMessage

Row = dict[str, Any]
Connection = psycopg.Connection[Row]

_HIGHEST = 2**63 - 1
# Of a message `m`. One that has not changed since its birth has no reactions to be looked for.
COLUMNS = """
    m.message_id::text AS id, m.chat_id::text, m.seq, m.changed_seq, m.type, m.sender_participant_id::text,
    m.sender_user_id::text, m.sender_name,
    CASE WHEN m.deleted_at IS NULL THEN m.content ELSE '' END AS content,
    CASE WHEN m.deleted_at IS NULL THEN m.formatted_content END AS formatted_content,
    CASE WHEN m.deleted_at IS NULL THEN m.mentions::text[] ELSE '{}' END AS mentions,
    CASE WHEN m.deleted_at IS NULL THEN m.call END AS call,
    CASE WHEN m.deleted_at IS NULL AND m.changed_seq > m.seq THEN reactions_of(m.chat_id, m.message_id)
        END AS reactions,
    m.reply_to::text, m.recipient_participant_id::text, m.recipient_user_id::text, m.client_id,
    m.breakout_id::text, m.breakout_name,
    m.created_at, m.edited_at, m.deleted_at,
    coalesce(m.deleted_by_user_id, m.deleted_by_participant_id)::text AS deleted_by
"""
# Where a chat's messages are asked for by the parameter and not by the row of the chat, one partition is
# planned for instead of sixteen.

# Of those whom a message is to call, who is in the chat at this moment.
_CALLED = """
    ARRAY(SELECT x.member_id FROM chat_members x
        WHERE x.chat_id = %(chat_id)s AND x.member_id = ANY (%(mentions)s::uuid[]) AND x.left_at IS NULL
        ORDER BY x.member_id)
"""


def sending_context(
    conn: Connection,
    chat_id: str,
    *,
    user_id: str | None,
    participant_id: str | None,
    reply_to: str | None,
    recipient: str | None,
    breakout_id: str | None,
) -> Row | None:
    """All that decides about a send, in one query: the chat, the sender's and recipient's membership, whether
    the sender is in the breakout room and can see the message replied to."""
    return conn.execute(
        "SELECT * FROM chat_context(%s, %s, %s, %s, %s, %s)",
        (chat_id, user_id, participant_id, reply_to, recipient, breakout_id),
    ).fetchone()


def changing_context(
    conn: Connection, chat_id: str, message_id: str, *, user_id: str | None, participant_id: str | None
) -> Row | None:
    """The same for a change of a message that the caller can see: chat, membership and message in one row."""
    return conn.execute(
        f"""
        SELECT d.kind, d.is_open, d.blocked, d.users, d.my_member_id, d.my_participant_id, d.my_user_id,
            d.my_role, d.my_left_at, d.kind = 'meeting' AND app_leads_meeting(%(chat)s) AS leads,
            m.sender_id::text AS sender_member_id, m.breakout_id IS NULL
                OR coalesce(app_breakout_until(m.chat_id, m.breakout_id) = 'infinity', false) AS in_breakout,
            {COLUMNS}
        FROM chat_context(%(chat)s, %(user)s, %(participant)s, NULL, NULL, NULL) d
        JOIN messages m ON m.chat_id = %(chat)s AND m.message_id = %(message)s
        """,  # noqa: S608 (constants)
        {"chat": chat_id, "message": message_id, "user": user_id, "participant": participant_id},
    ).fetchone()


def insert(conn: Connection, message: StoredMessage, sender_id: str | None) -> psycopg.Cursor[Row]:
    """Give it the chat's next number and store it; the row tells `seq` and whom it calls (`mentions`).

    The chat's row is locked from here to the commit, so this is the last statement before it. Raises
    UniqueViolation (at the next fetch or commit) when the sender's `client_id` is there already.
    """
    return conn.execute(
        f"""
        INSERT INTO messages (chat_id, message_id, client_id, type, sender_id, sender_participant_id,
            sender_user_id, sender_name, content, formatted_content, mentions, call, reply_to,
            recipient_participant_id, recipient_user_id, breakout_id, breakout_name, created_at, seq,
            changed_seq)
        SELECT %(chat_id)s, %(id)s, %(client_id)s, %(type)s, %(sender_id)s, %(sender_participant_id)s,
            %(sender_user_id)s, %(sender_name)s, %(content)s, %(formatted_content)s, {_CALLED}, %(call)s,
            %(reply_to)s, %(recipient_participant_id)s, %(recipient_user_id)s, %(breakout_id)s,
            %(breakout_name)s, %(created_at)s, reached.seq, reached.seq
        FROM advance_chat(%(chat_id)s,
            CASE WHEN %(recipient_participant_id)s::uuid IS NULL AND %(breakout_id)s::uuid IS NULL
                THEN %(id)s::uuid END,
            %(created_at)s) AS reached (seq)
        RETURNING seq, mentions::text[]
        """,  # noqa: S608 (constant)
        message.model_dump(exclude={"sender", "files", "reactions"})
        | {
            "type": message.type.value,
            "call": Jsonb(message.call) if message.call is not None else None,
            "sender_id": sender_id,
            "sender_participant_id": message.sender.participant_id,
            "sender_user_id": message.sender.user_id,
            "sender_name": message.sender.display_name,
        },
    )


def touch(conn: Connection, chat_id: str, message_id: str, now: datetime) -> None:
    """Give a message the chat's next number, and hold the chat's row until the commit: changes of one chat
    come one after the other, and what is written next is written on what is there: no deleted message."""
    conn.execute("SELECT touch_message(%s, %s, %s)", (chat_id, message_id, now))


def edit(conn: Connection, request: EditMessage, now: datetime) -> psycopg.Cursor[Row]:
    """The row as it is then. After `touch`."""
    return conn.execute(
        f"""
        UPDATE messages m SET content = %(content)s, formatted_content = %(formatted_content)s,
            mentions = {_CALLED}, edited_at = %(now)s
        WHERE m.chat_id = %(chat_id)s AND m.message_id = %(message_id)s RETURNING {COLUMNS}
        """,  # noqa: S608 (constants)
        {**request.model_dump(), "now": now},
    )


def mark_deleted(
    conn: Connection,
    chat_id: str,
    message_id: str,
    *,
    user_id: str | None,
    participant_id: str | None,
    now: datetime,
) -> None:
    conn.execute(
        """
        UPDATE messages m
        SET deleted_at = %s, deleted_by_user_id = %s, deleted_by_participant_id = %s
        WHERE m.chat_id = %s AND m.message_id = %s
        """,
        (now, user_id, participant_id, chat_id, message_id),
    )


def set_call(conn: Connection, chat_id: str, message_id: str, call: dict[str, Any]) -> None:
    conn.execute(
        "UPDATE messages SET call = %s WHERE chat_id = %s AND message_id = %s",
        (Jsonb(call), chat_id, message_id),
    )


def one(conn: Connection, chat_id: str, message_id: str) -> psycopg.Cursor[Row]:
    return conn.execute(
        f"SELECT {COLUMNS} FROM messages m WHERE m.chat_id = %s AND m.message_id = %s",  # noqa: S608 (constant)
        (chat_id, message_id),
    )


def sent_as(conn: Connection, chat_id: str, sender_id: str, client_id: str) -> psycopg.Cursor[Row]:
    """What this member has sent by that `client_id`."""
    return conn.execute(
        f"""
        SELECT {COLUMNS} FROM messages m WHERE m.chat_id = %s AND m.sender_id = %s AND m.client_id = %s
        """,  # noqa: S608 (constant)
        (chat_id, sender_id, client_id),
    )


def page(
    conn: Connection, chat_id: str, *, beyond: int | None, direction: Direction, limit: int
) -> psycopg.Cursor[Row]:
    """Rows from `beyond` on in the asked direction, nearest first; not fetched yet.

    There is always one row: `readable` says whether the caller is or was in the chat, `last_seq` is the
    chat's number, and `id` is null where there is no message. One statement, so that one round trip does.
    """
    sign, order = (">", "ASC") if direction == "after" else ("<", "DESC")
    return _rows(conn, chat_id, f"m.seq {sign} %(beyond)s ORDER BY m.seq {order}", beyond, direction, limit)


def latest(conn: Connection, chat_id: str, *, limit: int) -> psycopg.Cursor[Row]:
    """The newest, as `page`, without what was said in breakout rooms."""
    ordered = "m.breakout_id IS NULL AND m.seq < %(beyond)s ORDER BY m.seq DESC"
    return _rows(conn, chat_id, ordered, None, "before", limit)


def changes(conn: Connection, chat_id: str, *, after: int, limit: int) -> psycopg.Cursor[Row]:
    """The same for what has changed after a number, in the order of the changes."""
    ordered = "m.changed_seq > %(beyond)s ORDER BY m.changed_seq"
    return _rows(conn, chat_id, ordered, after, "after", limit)


def _rows(  # noqa: PLR0917 (the parts of a statement)
    conn: Connection, chat_id: str, ordered: str, beyond: int | None, direction: Direction, limit: int
) -> psycopg.Cursor[Row]:
    end = 0 if direction == "after" else _HIGHEST
    return conn.execute(
        f"""
        SELECT chat.readable, chat.last_seq, found.* FROM (
            SELECT app_chat_until(%(chat)s) IS NOT NULL AS readable,
                (SELECT c.last_seq FROM chats c WHERE c.chat_id = %(chat)s) AS last_seq
        ) chat
        LEFT JOIN LATERAL (
            SELECT {COLUMNS} FROM messages m WHERE m.chat_id = %(chat)s AND {ordered} LIMIT %(limit)s
        ) found ON true
        """,  # noqa: S608 (constants)
        {"chat": chat_id, "beyond": end if beyond is None else beyond, "limit": limit},
    )


def stored_message(row: Row) -> StoredMessage:
    """Without its files, which are another noun's."""
    return StoredMessage(
        sender=Sender(
            participant_id=row["sender_participant_id"],
            user_id=row["sender_user_id"],
            display_name=row["sender_name"],
        ),
        type=MessageType(row["type"]),
        reactions=row["reactions"] or {},
        **{name: row[name] for name in _PLAIN},
    )


_PLAIN = StoredMessage.model_fields.keys() - {"sender", "type", "reactions", "files"}
