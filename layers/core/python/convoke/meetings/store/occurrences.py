"""SQL of the tables meeting_recurrences and meeting_occurrences."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.rows import DictRow

from convoke.meetings.recurrence import Occurrence, Segment, Series
from convoke.meetings.rrule import parse
from convoke.meetings.store.meetings import COLUMNS

Conn = psycopg.Connection[DictRow]
Rows = psycopg.Cursor[DictRow]

_KNOWN = """
    original_start, starts_at AS start, ends_at AS "end", status, title, description, started_at, ended_at,
    duration_seconds, total_participants, true AS changed"""
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def put_segment(conn: Conn, meeting_id: str, segment: Segment) -> None:
    conn.execute(
        """
        INSERT INTO meeting_recurrences (meeting_id, valid_from, valid_until, rule, timezone, local_start,
            duration_seconds, exceptions, title, description)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s::timestamptz[], %s, %s)
        """,
        (
            meeting_id,
            segment.valid_from,
            segment.valid_until,
            segment.rule.text(),
            segment.timezone,
            segment.local_start,
            int(segment.duration.total_seconds()),
            sorted(segment.exceptions),
            segment.title,
            segment.description,
        ),
    )


def segments(conn: Conn, meeting_id: str) -> Rows:
    return conn.execute(
        """
        SELECT valid_from, valid_until, rule, timezone, local_start, duration_seconds, exceptions, title,
               description
        FROM meeting_recurrences WHERE meeting_id = %s ORDER BY valid_from
        """,
        (meeting_id,),
    )


def known(conn: Conn, meeting_id: str, *, since: datetime, until: datetime | None = None) -> Rows:
    """Those that lie in the window, or would by the rule; a series of years has many that were held."""
    return conn.execute(
        f"""
        SELECT {_KNOWN} FROM meeting_occurrences
        WHERE meeting_id = %(meeting_id)s
          AND ((original_start >= %(since)s AND original_start < %(until)s)
               OR (ends_at > %(since)s AND starts_at < %(until)s))
        """,  # noqa: S608 (constant)
        {"meeting_id": meeting_id, "since": since - timedelta(days=1), "until": until or _NEVER},
    )


def series(conn: Conn, meeting_id: str, *, since: datetime, until: datetime | None = None) -> Series:
    """A meeting's rules, and what is known beyond them of that window. One round trip."""
    return series_of(segments(conn, meeting_id), known(conn, meeting_id, since=since, until=until))


def series_of(rules: Iterable[DictRow], differing: Iterable[DictRow]) -> Series:
    return Series(
        [segment_of(row) for row in rules], {row["original_start"]: Occurrence(**row) for row in differing}
    )


def segment_of(row: DictRow) -> Segment:
    return Segment(
        rule=parse(row["rule"]),
        timezone=row["timezone"],
        local_start=row["local_start"],
        duration=timedelta(seconds=row["duration_seconds"]),
        valid_until=row["valid_until"],
        exceptions=frozenset(row["exceptions"]),
        title=row["title"],
        description=row["description"],
    )


def save(conn: Conn, meeting_id: str, each: Occurrence, now: datetime) -> None:
    """Write down that an occurrence is moved, renamed or cancelled."""
    conn.execute(
        """
        INSERT INTO meeting_occurrences AS o (meeting_id, original_start, starts_at, ends_at, status, title,
            description, updated_at)
        VALUES (%(meeting_id)s, %(original_start)s, %(start)s, %(end)s, %(status)s, %(title)s,
            %(description)s, %(now)s)
        ON CONFLICT (meeting_id, original_start) DO UPDATE SET starts_at = excluded.starts_at,
            ends_at = excluded.ends_at, status = excluded.status, title = excluded.title,
            description = excluded.description, updated_at = excluded.updated_at
        """,
        {
            "meeting_id": meeting_id,
            "original_start": each.original_start,
            "start": each.start,
            "end": each.end,
            "status": each.status,
            "title": each.title,
            "description": each.description,
            "now": now,
        },
    )


def count_changed(conn: Conn, meeting_id: str) -> Rows:
    return conn.execute(
        """
        SELECT count(*) AS changed FROM meeting_occurrences
        WHERE meeting_id = %s AND status IN ('scheduled', 'cancelled')
        """,
        (meeting_id,),
    )


def drop_rules_from(conn: Conn, meeting_id: str, at: datetime) -> None:
    """Forget the rule in force at that moment and all later ones."""
    conn.execute(
        """
        DELETE FROM meeting_recurrences r WHERE r.meeting_id = %(meeting_id)s AND r.valid_from >= (
            SELECT max(s.valid_from) FROM meeting_recurrences s
            WHERE s.meeting_id = %(meeting_id)s AND s.valid_from <= %(at)s)
        """,
        {"meeting_id": meeting_id, "at": at},
    )


def drop_changes_from(conn: Conn, meeting_id: str, at: datetime) -> None:
    """Forget what was changed of occurrences since."""
    conn.execute(
        """
        DELETE FROM meeting_occurrences
        WHERE meeting_id = %s AND original_start >= %s AND status IN ('scheduled', 'cancelled')
        """,
        (meeting_id, at),
    )


def reword_from(
    conn: Conn, meeting_id: str, at: datetime, *, title: str | None, description: str | None, now: datetime
) -> None:
    """Other words for what was changed of occurrences since. None: as it was."""
    conn.execute(
        """
        UPDATE meeting_occurrences
        SET title = coalesce(%s, title), description = coalesce(%s, description), updated_at = %s
        WHERE meeting_id = %s AND original_start >= %s AND status IN ('scheduled', 'cancelled')
        """,
        (title, description, now, meeting_id, at),
    )


def drop_all(conn: Conn, meeting_id: str) -> None:
    """It comes once, and no more; what was held stays on record."""
    conn.execute("DELETE FROM meeting_recurrences WHERE meeting_id = %s", (meeting_id,))
    conn.execute(
        "DELETE FROM meeting_occurrences WHERE meeting_id = %s AND status IN ('scheduled', 'cancelled')",
        (meeting_id,),
    )


def begin(conn: Conn, meeting_id: str, now: datetime) -> None:
    """The occurrence that the meeting's row names is going on."""
    conn.execute(
        """
        INSERT INTO meeting_occurrences AS o (meeting_id, original_start, starts_at, ends_at, status,
            started_at, updated_at)
        SELECT meeting_id, occurrence_start, scheduled_start_time, scheduled_end_time, 'active', %(now)s,
               %(now)s
        FROM meetings WHERE meeting_id = %(meeting_id)s
        ON CONFLICT (meeting_id, original_start) DO UPDATE
            SET status = 'active', started_at = excluded.started_at, updated_at = excluded.updated_at
        """,
        {"meeting_id": meeting_id, "now": now},
    )


def close(conn: Conn, meeting_id: str, now: datetime) -> None:
    """It is over. Its times and its total are those of the meeting's row, which goes on to the next."""
    conn.execute(
        """
        UPDATE meeting_occurrences o
        SET status = 'ended', ended_at = greatest(%(now)s, m.actual_start_time), updated_at = %(now)s,
            duration_seconds =
                extract(epoch FROM greatest(%(now)s, m.actual_start_time) - m.actual_start_time),
            total_participants = (
                SELECT count(*) FROM meeting_participants t
                WHERE t.meeting_id = m.meeting_id AND t.joined_at >= m.actual_start_time)
        FROM meetings m
        WHERE m.meeting_id = %(meeting_id)s AND o.meeting_id = m.meeting_id
          AND o.original_start = m.occurrence_start AND o.status = 'active'
        """,
        {"meeting_id": meeting_id, "now": now},
    )


def reopen(conn: Conn, meeting_id: str, now: datetime) -> None:
    """It was entered before its time and left again: it is still to come."""
    conn.execute(
        """
        UPDATE meeting_occurrences o SET status = 'scheduled', started_at = NULL, updated_at = %(now)s
        FROM meetings m
        WHERE m.meeting_id = %(meeting_id)s AND o.meeting_id = m.meeting_id
          AND o.original_start = m.occurrence_start AND o.status = 'active'
        """,
        {"meeting_id": meeting_id, "now": now},
    )


def go_on_to(conn: Conn, meeting_id: str, occurrence: Occurrence, now: datetime) -> Rows:
    """Make a recurring meeting wait for its next occurrence, unlocked and as if it had not begun."""
    return conn.execute(
        f"""
        UPDATE meetings m
        SET status = 'scheduled', occurrence_start = %(original_start)s, scheduled_start_time = %(start)s,
            scheduled_end_time = %(end)s, actual_start_time = NULL, actual_end_time = NULL,
            duration_seconds = NULL, total_participants = NULL, end_reason = NULL, locked = false,
            version = m.version + 1, updated_at = %(now)s
        WHERE m.meeting_id = %(meeting_id)s AND m.status IN ('scheduled', 'active') RETURNING {COLUMNS}
        """,  # noqa: S608 (constant)
        {
            "meeting_id": meeting_id,
            "original_start": occurrence.original_start,
            "start": occurrence.start,
            "end": occurrence.end,
            "now": now,
        },
    )


def passed(conn: Conn, *, before: datetime, limit: int) -> list[str]:
    """Recurring meetings whose occurrence is over without anybody having come."""
    rows = conn.execute(
        """
        SELECT meeting_id::text AS id FROM meetings
        WHERE meeting_type = 'recurring' AND status = 'scheduled'
          AND scheduled_start_time < %(before)s AND scheduled_end_time < %(before)s
        ORDER BY scheduled_start_time LIMIT %(limit)s
        """,
        {"before": before, "limit": limit},
    ).fetchall()
    return [row["id"] for row in rows]
