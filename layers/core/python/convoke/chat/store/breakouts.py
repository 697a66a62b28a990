"""SQL of who is, or was, in the chats of breakout rooms."""

from collections.abc import Mapping
from datetime import datetime

import psycopg

from convoke.chat.model import Breakout
from convoke.chat.store.messages import Connection, Row


def move(conn: Connection, chat_id: str, places: Mapping[str, Breakout | None], now: datetime) -> None:
    """Members, each out of the room where they are and into this one, or into none.

    The chat gets a new number: with a room comes what was said in it, so what is unread may be more
    (docs/decisions/0009).
    """
    rooms = {member_id: room for member_id, room in places.items() if room is not None}
    conn.execute(
        """
        UPDATE chat_breakout_members b SET left_at = %s
        FROM unnest(%s::uuid[], %s::uuid[]) AS moved (member_id, breakout_id)
        WHERE b.chat_id = %s AND b.member_id = moved.member_id AND b.left_at IS NULL
            AND b.breakout_id IS DISTINCT FROM moved.breakout_id
        """,
        (now, list(places), [room.id if room else None for room in places.values()], chat_id),
    )
    if not rooms:
        return
    conn.execute(
        """
        INSERT INTO chat_breakout_members (chat_id, member_id, breakout_id, name)
        SELECT m.chat_id, m.member_id, moved.breakout_id, moved.name
        FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS moved (member_id, breakout_id, name)
        JOIN chat_members m ON m.chat_id = %s AND m.member_id = moved.member_id
        ON CONFLICT (chat_id, member_id, breakout_id) DO UPDATE SET left_at = NULL
        """,
        (list(rooms), [room.id for room in rooms.values()], [room.name for room in rooms.values()], chat_id),
    )
    conn.execute("SELECT advance_chat(%s, NULL, %s)", (chat_id, now))


def readers(conn: Connection, chat_id: str, breakout_id: str, said_at: datetime) -> psycopg.Cursor[Row]:
    """Whose `user` scope gets what was said in a room at a time, as far as they are in the meeting: who may
    read it. As the system."""
    return conn.execute(
        """
        SELECT coalesce(m.user_id, m.participant_id)::text AS key
        FROM chat_breakout_members b
        JOIN chat_members m ON m.chat_id = b.chat_id AND m.member_id = b.member_id AND m.left_at IS NULL
        WHERE b.chat_id = %s AND b.breakout_id = %s AND coalesce(b.left_at, 'infinity') >= %s
        ORDER BY key
        """,
        (chat_id, breakout_id, said_at),
    )
