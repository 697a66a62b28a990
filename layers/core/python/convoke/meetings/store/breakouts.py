"""SQL of breakout rooms: the tables breakouts, breakout_rooms and breakout_assignments, and who is where."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

Conn = psycopg.Connection[DictRow]
Rows = psycopg.Cursor[DictRow]

# One row: the whole set, as meetings.breakouts.Breakouts has it.
_WHOLE = """
    SELECT b.status, b.by_choice, b.ends_at,
        coalesce((SELECT jsonb_agg(jsonb_build_object('id', r.room_id, 'name', r.name) ORDER BY r.position)
                  FROM breakout_rooms r WHERE r.meeting_id = b.meeting_id), '[]') AS rooms,
        coalesce((SELECT jsonb_object_agg(a.participant_id, a.room_id)
                  FROM breakout_assignments a WHERE a.meeting_id = b.meeting_id), '{}') AS assignments
    FROM breakouts b WHERE b.meeting_id = %s"""


def whole(conn: Conn, meeting_id: str) -> Rows:
    return conn.execute(_WHOLE, (meeting_id,))


def create(conn: Conn, meeting_id: str, rooms: Mapping[str, str], *, by_choice: bool, now: datetime) -> None:
    """A new set in draft, in place of the one before; `rooms` are names by id, in their order."""
    conn.execute("DELETE FROM breakouts WHERE meeting_id = %s", (meeting_id,))
    conn.execute(
        "INSERT INTO breakouts (meeting_id, by_choice, created_at, updated_at) VALUES (%s, %s, %s, %s)",
        (meeting_id, by_choice, now, now),
    )
    conn.execute(
        """
        INSERT INTO breakout_rooms (room_id, meeting_id, position, name)
        SELECT room_id, %s, position, name
        FROM unnest(%s::uuid[], %s::text[]) WITH ORDINALITY AS r (room_id, name, position)
        """,
        (meeting_id, list(rooms), list(rooms.values())),
    )


def plan(conn: Conn, meeting_id: str, rooms: Mapping[str, str]) -> None:
    """Plan people for rooms: room by participant, of people who are or were in this meeting."""
    conn.execute(
        """
        INSERT INTO breakout_assignments (meeting_id, participant_id, room_id)
        SELECT p.meeting_id, p.participant_id, wanted.room_id
        FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (participant_id, room_id)
        JOIN meeting_participants p ON p.participant_id = wanted.participant_id AND p.meeting_id = %s
        ON CONFLICT (meeting_id, participant_id) DO UPDATE SET room_id = excluded.room_id
        """,
        (list(rooms), list(rooms.values()), meeting_id),
    )


def unplan(conn: Conn, meeting_id: str, participant_ids: Sequence[str] | None = None) -> None:
    """Take people out of the plan; all of them without a list."""
    conn.execute(
        """
        DELETE FROM breakout_assignments
        WHERE meeting_id = %s AND (%s::uuid[] IS NULL OR participant_id = ANY (%s::uuid[]))
        """,
        (meeting_id, participant_ids, participant_ids),
    )


def set_status(conn: Conn, meeting_id: str, status: str, *, ends_at: datetime | None, now: datetime) -> None:
    conn.execute(
        """
        UPDATE breakouts SET status = %(status)s, ends_at = %(ends_at)s, updated_at = %(now)s,
            opened_at = CASE WHEN %(status)s = 'open' THEN %(now)s ELSE opened_at END,
            closed_at = CASE WHEN %(status)s = 'closed' THEN %(now)s ELSE closed_at END
        WHERE meeting_id = %(meeting_id)s
        """,
        {"status": status, "ends_at": ends_at, "now": now, "meeting_id": meeting_id},
    )


def move(conn: Conn, meeting_id: str, rooms: Mapping[str, str | None], now: datetime) -> Rows:
    """Move people who are in the meeting; who has moved, with the rooms before and after."""
    return conn.execute(
        """
        WITH wanted AS (
            SELECT * FROM unnest(%s::uuid[], %s::uuid[]) AS w (participant_id, room_id)),
        old AS (
            SELECT p.participant_id, p.breakout_id, wanted.room_id FROM meeting_participants p
            JOIN wanted USING (participant_id)
            WHERE p.meeting_id = %s AND p.status = 'joined' AND p.breakout_id IS DISTINCT FROM wanted.room_id
            ORDER BY p.participant_id FOR NO KEY UPDATE OF p)
        UPDATE meeting_participants p SET breakout_id = old.room_id, updated_at = %s
        FROM old WHERE p.participant_id = old.participant_id
        RETURNING p.participant_id::text AS id, p.meeting_id::text AS meeting_id, p.user_id::text AS user_id,
            p.version, old.breakout_id::text AS was, p.breakout_id::text AS breakout_id,
            (SELECT r.name FROM breakout_rooms r WHERE r.room_id = old.room_id) AS breakout_name
        """,
        (list(rooms), list(rooms.values()), meeting_id, now),
    )


def move_as_planned(conn: Conn, meeting_id: str, now: datetime) -> Rows:
    """Everybody who is in the main room and planned for another goes there."""
    return conn.execute(
        """
        UPDATE meeting_participants p SET breakout_id = a.room_id, updated_at = %s
        FROM breakout_assignments a
        WHERE p.meeting_id = %s AND p.status = 'joined' AND p.breakout_id IS NULL
          AND a.meeting_id = p.meeting_id AND a.participant_id = p.participant_id
        RETURNING p.participant_id::text AS id, p.meeting_id::text AS meeting_id, p.user_id::text AS user_id,
            p.version, NULL::text AS was, p.breakout_id::text AS breakout_id,
            (SELECT r.name FROM breakout_rooms r WHERE r.room_id = p.breakout_id) AS breakout_name
        """,
        (now, meeting_id),
    )


def bring_back(conn: Conn, meeting_id: str, now: datetime) -> Rows:
    """Everybody into the main room; those who are in the meeting and were elsewhere."""
    return conn.execute(
        """
        WITH old AS (
            SELECT participant_id, breakout_id FROM meeting_participants
            WHERE meeting_id = %s AND breakout_id IS NOT NULL ORDER BY participant_id FOR NO KEY UPDATE)
        UPDATE meeting_participants p SET breakout_id = NULL, updated_at = %s
        FROM old WHERE p.participant_id = old.participant_id
        RETURNING p.participant_id::text AS id, p.meeting_id::text AS meeting_id, p.user_id::text AS user_id,
            p.version, old.breakout_id::text AS was, NULL::text AS breakout_id, NULL::text AS breakout_name
        """,
        (meeting_id, now),
    )


def end(conn: Conn, meeting_id: str, now: datetime) -> Rows:
    """Close the rooms with their meeting; those that were open."""
    return conn.execute(
        """
        WITH over AS (
            UPDATE breakouts SET status = 'closed', ends_at = NULL, closed_at = %s, updated_at = %s
            WHERE meeting_id = %s AND status IN ('open', 'closing') RETURNING meeting_id)
        SELECT r.room_id::text AS id FROM breakout_rooms r JOIN over USING (meeting_id)
        """,
        (now, now, meeting_id),
    )


def present(conn: Conn, meeting_id: str) -> Rows:
    """Who is in the meeting and leads nobody: those whom a random plan spreads."""
    return conn.execute(
        """
        SELECT participant_id::text AS id FROM meeting_participants
        WHERE meeting_id = %s AND status = 'joined' AND role NOT IN ('host', 'co-host')
        ORDER BY participant_id
        """,
        (meeting_id,),
    )


def overdue(conn: Conn, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Meetings whose rooms should be closed by now."""
    return conn.execute(
        """
        SELECT meeting_id::text AS meeting_id FROM breakouts
        WHERE status IN ('open', 'closing') AND ends_at < %s ORDER BY ends_at LIMIT %s
        """,
        (now, limit),
    ).fetchall()
