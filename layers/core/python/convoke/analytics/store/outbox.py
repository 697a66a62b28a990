"""SQL of the outbox: events that committed with the change they tell of, until Cassandra has them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

Conn = psycopg.Connection[DictRow]


def take(conn: Conn, now: datetime, most: int) -> list[DictRow]:
    """The oldest events that are due, locked until the transaction ends; what another drain has is left out.

    Who the participant is and by what they came is added here, in the same query, not by everyone who emits.
    """
    return conn.execute(
        """
        SELECT o.event_id, o.kind, o.created_at, o.attempts, o.meeting_id, o.participant_id, o.data,
               coalesce(o.user_id, p.user_id) AS user_id, p.display_name, p.user_agent,
               CASE WHEN u.user_id IS NOT NULL THEN u.account_type
                    WHEN p.participant_id IS NOT NULL THEN 'guest' END AS account_type
        FROM (SELECT * FROM outbox
              WHERE next_attempt_at IS NULL OR next_attempt_at <= %s
              ORDER BY created_at, event_id LIMIT %s FOR UPDATE SKIP LOCKED) o
        LEFT JOIN meeting_participants p ON p.participant_id = o.participant_id
        LEFT JOIN users u ON u.user_id = coalesce(o.user_id, p.user_id)
        """,
        (now, most),
    ).fetchall()


def calls_among(conn: Conn, meeting_ids: Iterable[UUID]) -> set[UUID]:
    """Those that are rooms of calls. One look for a batch: a join in `take` would make one for each event."""
    rows = conn.execute("SELECT call_id FROM calls WHERE call_id = ANY(%s)", (list(meeting_ids),))
    return {row["call_id"] for row in rows.fetchall()}


def forget(conn: Conn, event_ids: Sequence[UUID]) -> None:
    """Cassandra has confirmed them."""
    conn.execute("DELETE FROM outbox WHERE event_id = ANY(%s)", (list(event_ids),))


def postpone(conn: Conn, until: Mapping[UUID, datetime], reason: str) -> None:
    """Not taken this time."""
    conn.execute(
        """
        UPDATE outbox o SET attempts = attempts + 1, next_attempt_at = later.until, last_error = %s
        FROM unnest(%s::uuid[], %s::timestamptz[]) AS later (event_id, until)
        WHERE o.event_id = later.event_id
        """,
        (reason, list(until), list(until.values())),
    )


def bury(conn: Conn, reasons: Mapping[UUID, str], now: datetime) -> None:
    """Refused for good: kept apart, with the reason."""
    conn.execute(
        """
        WITH dead AS (
            DELETE FROM outbox o USING unnest(%s::uuid[], %s::text[]) AS told (event_id, reason)
            WHERE o.event_id = told.event_id
            RETURNING o.*, told.reason)
        INSERT INTO outbox_dead
            (event_id, kind, meeting_id, user_id, participant_id, data, created_at, attempts, reason, died_at)
        SELECT event_id, kind, meeting_id, user_id, participant_id, data, created_at, attempts + 1, reason, %s
        FROM dead
        """,
        (list(reasons), list(reasons.values()), now),
    )


def oldest(conn: Conn) -> datetime | None:
    """When the oldest event that still waits was made."""
    row: Any = conn.execute("SELECT created_at FROM outbox ORDER BY created_at LIMIT 1").fetchone()
    return row["created_at"] if row else None
