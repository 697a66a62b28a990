"""SQL of the sweep, which looks at all meetings at once."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import DictRow

from convoke.meetings.store.leaving import DEPARTURE
from convoke.meetings.store.participants import COLUMNS, Conn


def live_page(conn: Conn, *, after: str | None, limit: int) -> list[DictRow]:
    """A page of everybody who is in, waiting or coming, of all meetings, by id."""
    return conn.execute(
        """
        SELECT p.participant_id::text AS id, p.meeting_id::text AS meeting_id, p.status, p.missing_since,
               p.updated_at, p.admitted_at
        FROM meeting_participants p
        WHERE p.status IN ('joined', 'waiting', 'invited')
          AND (%(after)s::uuid IS NULL OR p.participant_id > %(after)s)
        ORDER BY p.participant_id LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    ).fetchall()


def mark_missing(conn: Conn, participant_ids: Sequence[str], now: datetime) -> None:
    conn.execute(
        "UPDATE meeting_participants SET missing_since = %s"
        " WHERE participant_id = ANY (%s::uuid[]) AND missing_since IS NULL",
        (now, list(participant_ids)),
    )


def mark_present(conn: Conn, participant_ids: Sequence[str]) -> None:
    conn.execute(
        "UPDATE meeting_participants SET missing_since = NULL"
        " WHERE participant_id = ANY (%s::uuid[]) AND missing_since IS NOT NULL",
        (list(participant_ids),),
    )


def release_seats(conn: Conn, *, admitted_before: datetime, now: datetime) -> list[DictRow]:
    """People who were admitted and never came in; those who had been in before keep what they had."""
    return conn.execute(
        f"""
        UPDATE meeting_participants p SET {DEPARTURE}
        WHERE p.status = 'invited' AND p.admitted_at < %(admitted_before)s RETURNING {COLUMNS}
        """,  # noqa: S608 (constants)
        {"admitted_before": admitted_before, "status": "left", "reason": "voluntary", "now": now},
    ).fetchall()


def deserted(conn: Conn, *, started_before: datetime, seats_since: datetime, limit: int) -> list[str]:
    """Active meetings in which nobody is, and into which nobody is just coming."""
    rows = conn.execute(
        """
        SELECT m.meeting_id::text AS id FROM meetings m
        WHERE m.status = 'active' AND m.actual_start_time < %(started_before)s
          AND NOT EXISTS (
              SELECT 1 FROM meeting_participants p WHERE p.meeting_id = m.meeting_id
              AND (p.status = 'joined' OR (p.status = 'invited' AND p.admitted_at > %(seats_since)s)))
        LIMIT %(limit)s
        """,
        {"started_before": started_before, "seats_since": seats_since, "limit": limit},
    ).fetchall()
    return [row["id"] for row in rows]
