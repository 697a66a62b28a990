"""SQL for calendars, which look at many meetings at once, as the system: who may see them is asked before."""

from collections.abc import Sequence
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

Conn = psycopg.Connection[DictRow]
Rows = psycopg.Cursor[DictRow]


def meetings(conn: Conn, meeting_ids: Sequence[str]) -> Rows:
    return conn.execute(
        """
        SELECT m.meeting_id::text AS id, m.code, m.title, m.description, m.meeting_type AS type, m.status,
               m.host_user_id::text AS host_user_id, u.display_name AS host_name, m.scheduled_start_time,
               m.scheduled_end_time, m.occurrence_start, m.calendar_sequence AS sequence, m.created_at,
               coalesce(m.calendar_changed_at, m.created_at) AS changed_at, m.actual_start_time AS started_at,
               m.actual_end_time AS ended_at
        FROM meetings m LEFT JOIN users u ON u.user_id = m.host_user_id
        WHERE m.meeting_id = ANY (%s::uuid[])
        """,
        (list(meeting_ids),),
    )


def segments(conn: Conn, meeting_ids: Sequence[str]) -> Rows:
    return conn.execute(
        """
        SELECT meeting_id::text AS meeting_id, valid_from, valid_until, rule, timezone, local_start,
               duration_seconds, exceptions, title, description
        FROM meeting_recurrences WHERE meeting_id = ANY (%s::uuid[]) ORDER BY meeting_id, valid_from
        """,
        (list(meeting_ids),),
    )


def known(conn: Conn, meeting_ids: Sequence[str], since: datetime) -> Rows:
    return conn.execute(
        """
        SELECT meeting_id::text AS meeting_id, original_start, starts_at AS start, ends_at AS "end", status,
               title, description, started_at, ended_at, duration_seconds, total_participants,
               true AS changed
        FROM meeting_occurrences
        WHERE meeting_id = ANY (%s::uuid[]) AND (original_start >= %s OR ends_at >= %s)
        """,
        (list(meeting_ids), since, since),
    )


def of_user(conn: Conn, user_id: str, *, since: datetime, until: datetime, limit: int) -> Rows:
    """Planned meetings of the user within the window: hosted, or taken part in."""
    return conn.execute(
        """
        SELECT m.meeting_id::text AS id, m.host_user_id = %(user_id)s AS hosts FROM meetings m
        WHERE m.meeting_type IN ('scheduled', 'recurring') AND m.status <> 'cancelled'
          AND m.meeting_id IN (
            SELECT h.meeting_id FROM meetings h WHERE h.host_user_id = %(user_id)s
            UNION ALL
            SELECT p.meeting_id FROM meeting_participants p
            WHERE p.user_id = %(user_id)s AND p.first_joined_at IS NOT NULL AND NOT p.must_wait)
          AND (m.meeting_type = 'recurring'
               OR (m.scheduled_start_time < %(until)s
                   AND coalesce(m.scheduled_end_time, m.scheduled_start_time + '1 hour') > %(since)s))
        ORDER BY m.meeting_id DESC LIMIT %(limit)s
        """,
        {"user_id": user_id, "since": since, "until": until, "limit": limit},
    )


def about_to_start(conn: Conn, now: datetime) -> Rows:
    """Meetings whose people are to be reminded; claimed by who reads them, for each start once."""
    return conn.execute(
        """
        INSERT INTO meeting_reminders (meeting_id, starts_at, reminded_at)
        SELECT m.meeting_id, m.scheduled_start_time, %(now)s FROM meetings m
        WHERE m.status = 'scheduled' AND m.meeting_type IN ('scheduled', 'recurring')
          AND m.scheduled_start_time > %(now)s
          AND m.scheduled_start_time <= %(now)s + interval '1 day'
          AND m.scheduled_start_time <= %(now)s + m.reminder_minutes * interval '1 minute'
        ON CONFLICT DO NOTHING
        RETURNING meeting_id::text AS meeting_id, starts_at
        """,
        {"now": now},
    )


def forget_reminders(conn: Conn, before: datetime, *, limit: int) -> int:
    gone = conn.execute(
        """
        DELETE FROM meeting_reminders WHERE (meeting_id, starts_at) IN (
            SELECT meeting_id, starts_at FROM meeting_reminders WHERE starts_at < %s
            ORDER BY starts_at LIMIT %s FOR UPDATE SKIP LOCKED
        ) RETURNING 1
        """,
        (before, limit),
    )
    return len(gone.fetchall())
