"""SQL of the tables meetings, meeting_codes and meeting_slugs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.meetings.rules import SEAT_HOLD

Conn = psycopg.Connection[DictRow]
Rows = psycopg.Cursor[DictRow]

_PLAIN = """
    m.meeting_id::text AS id, m.code, m.slug, m.title, m.description, m.meeting_type AS type, m.status,
    m.host_user_id::text AS host_user_id, m.tags, m.locked, m.guests_wait,
    m.scheduled_start_time, m.scheduled_end_time,
    m.actual_start_time AS started_at, m.actual_end_time AS ended_at, m.duration_seconds,
    m.total_participants, m.password_hash, m.password_hash IS NOT NULL AS has_password, m.require_auth,
    m.allow_guests,
    m.waiting_room_enabled AS waiting_room, m.max_participants, m.mute_on_entry, m.allow_screen_share,
    m.allow_chat, m.allow_reactions, m.allow_recording, m.auto_record,
    m.enable_e2e_encryption AS e2e_encryption, m.reminder_minutes, m.occurrence_start, m.version,
    m.created_at, m.updated_at"""
_COUNT = "CASE WHEN m.meeting_id IS NOT NULL THEN count_joined(m.meeting_id) END AS participant_count"
# The rule in force, and what the occurrence is called that the scheduled times are of.
_RECURRENCE = """
    CASE WHEN m.meeting_type = 'recurring' THEN (
        SELECT jsonb_build_object('rule', r.rule, 'timezone', r.timezone, 'local_start', r.local_start,
            'exceptions', r.exceptions, 'ends_at', r.valid_until, 'title', coalesce(
                (SELECT o.title FROM meeting_occurrences o
                 WHERE o.meeting_id = m.meeting_id AND o.original_start = m.occurrence_start), r.title))
        FROM meeting_recurrences r WHERE r.meeting_id = m.meeting_id AND r.valid_from <= m.occurrence_start
        ORDER BY r.valid_from DESC LIMIT 1) END AS recurrence"""
COLUMNS = f"{_PLAIN}, {_RECURRENCE}, {_COUNT}"

# A meeting by id, code or slug. Tables are asked by primary key only.
_BY_REFERENCE = """
    m.meeting_id = coalesce(
        (SELECT meeting_id FROM meeting_codes WHERE code = %(reference)s),
        (SELECT meeting_id FROM meeting_slugs WHERE slug = %(reference)s),
        CASE WHEN %(reference)s ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
             THEN %(reference)s::uuid END)"""

# REST's names of what may be changed -> columns.
CHANGEABLE = {
    "title": "title",
    "description": "description",
    "slug": "slug",
    "tags": "tags",
    "scheduled_start_time": "scheduled_start_time",
    "scheduled_end_time": "scheduled_end_time",
    "password_hash": "password_hash",
    "require_auth": "require_auth",
    "allow_guests": "allow_guests",
    "waiting_room": "waiting_room_enabled",
    "max_participants": "max_participants",
    "mute_on_entry": "mute_on_entry",
    "allow_screen_share": "allow_screen_share",
    "allow_chat": "allow_chat",
    "allow_reactions": "allow_reactions",
    "allow_recording": "allow_recording",
    "auto_record": "auto_record",
    "e2e_encryption": "enable_e2e_encryption",
    "locked": "locked",
    "host_user_id": "host_user_id",
    "reminder_minutes": "reminder_minutes",
    "occurrence_start": "occurrence_start",
    "type": "meeting_type",
}
# What calendars show of a meeting: whoever has it in theirs hears of a change.
_SHOWN = {"title", "description", "scheduled_start_time", "scheduled_end_time", "occurrence_start", "type"}

_TITLE = """coalesce(%(title)s, (SELECT left(u.display_name, 180) || '’s meeting' FROM users u
                               WHERE u.user_id = %(host_user_id)s), 'Meeting')"""


def insert(conn: Conn, row: Mapping[str, Any], *, code: str, now: datetime) -> Rows:
    """A new meeting with its names. A unique violation of meeting_codes or meeting_slugs comes later."""
    columns = {CHANGEABLE[name]: value for name, value in row.items() if name in CHANGEABLE}
    columns |= {"meeting_id": row["id"], "code": code}
    columns |= {"created_at": now, "updated_at": now}
    columns |= {"assigned_controller_id": row["controller_id"], "assigned_region": row["region"]}
    names = ", ".join(columns)
    marks = ", ".join(_TITLE if name == "title" else f"%({name})s" for name in columns)
    # Names come from CHANGEABLE and the literals above, never from a request.
    cursor = conn.execute(
        f"INSERT INTO meetings AS m ({names}) VALUES ({marks}) RETURNING {_PLAIN}, NULL AS recurrence, "  # noqa: S608
        "0 AS participant_count",
        columns,
    )
    conn.execute("INSERT INTO meeting_codes (code, meeting_id) VALUES (%s, %s)", (code, row["id"]))
    if row.get("slug"):
        put_slug(conn, row["id"], row["slug"])
    return cursor


def insert_call_room(conn: Conn, row: Mapping[str, Any], now: datetime) -> None:
    """The room of a call. Nobody is its host, and its code stands in no list: it is not found by it."""
    conn.execute(
        """
        INSERT INTO meetings (meeting_id, code, title, meeting_type, max_participants, require_auth,
            allow_guests, allow_chat, assigned_controller_id, assigned_region, created_at, updated_at)
        VALUES (%(id)s, %(code)s, %(title)s, 'call', %(seats)s, true, false, false, %(controller_id)s,
            %(region)s, %(now)s, %(now)s)
        """,
        {**row, "now": now},
    )


def put_slug(conn: Conn, meeting_id: str, slug: str) -> None:
    conn.execute("INSERT INTO meeting_slugs (slug, meeting_id) VALUES (%s, %s)", (slug, meeting_id))


def drop_slug(conn: Conn, meeting_id: str) -> None:
    conn.execute("DELETE FROM meeting_slugs WHERE meeting_id = %s", (meeting_id,))


def seen_by_anyone(conn: Conn, reference: str) -> Rows:
    """The reduced form of whoever holds the name, and beside it what row security lets the caller see."""
    return conn.execute(
        f"""
        SELECT f.meeting_id::text AS entrance_id, f.code AS entrance_code, f.title AS entrance_title,
               f.status AS entrance_status, f.meeting_type AS entrance_type,
               f.scheduled_start_time AS entrance_scheduled_start_time,
               f.scheduled_end_time AS entrance_scheduled_end_time,
               f.has_password AS entrance_has_password, f.require_auth AS entrance_require_auth,
               f.allow_guests AS entrance_allow_guests, f.waiting_room_enabled AS entrance_waiting_room,
               {COLUMNS}
        FROM find_meeting(%s) f LEFT JOIN meetings m ON m.meeting_id = f.meeting_id
        WHERE f.meeting_type <> 'call'
        """,  # noqa: S608 (constants)
        (reference,),
    )


def visible(conn: Conn, reference: str, *, lock: bool = False) -> Rows:
    """The meeting, if row security lets the caller see it; `lock` holds it until commit."""
    found = f"""
        SELECT {COLUMNS}, app_leads_meeting(m.meeting_id) AS leads
        FROM find_meeting(%(reference)s) f JOIN meetings m ON m.meeting_id = f.meeting_id
        WHERE m.meeting_type <> 'call'"""  # noqa: S608
    return conn.execute(found + (" FOR NO KEY UPDATE OF m" if lock else ""), {"reference": reference})


def at_the_door(conn: Conn, reference: str, *, user_id: str | None, participant_id: str | None) -> Rows:
    """For a join, read by the system: the meeting, and the place that the comer has had in it."""
    return conn.execute(
        f"""
        SELECT {COLUMNS}, mine.participant_id::text AS my_id, mine.role AS my_role, mine.status AS my_status,
               -- A connection lost in an earlier occurrence of a recurring meeting says nothing now.
               CASE WHEN mine.left_at < m.actual_start_time THEN NULL ELSE mine.leave_reason END
                   AS my_leave_reason,
               coalesce(mine.must_wait, false) AS my_must_wait,
                mine.display_name AS my_name,
               (SELECT u.display_name FROM users u WHERE u.user_id = %(user_id)s) AS user_name,
               (SELECT count(*) FROM meeting_participants w
                WHERE w.meeting_id = m.meeting_id AND w.status = 'waiting') AS waiting_count,
               {_LEADER_KEYS} AS leader_keys
        FROM meetings m LEFT JOIN meeting_participants mine
          ON mine.meeting_id = m.meeting_id
         AND (mine.user_id = %(user_id)s
              OR (%(user_id)s::uuid IS NULL AND mine.user_id IS NULL
                  AND mine.participant_id = %(participant_id)s))
        WHERE {_BY_REFERENCE}
        """,  # noqa: S608 (constants)
        {"reference": reference, "user_id": user_id, "participant_id": participant_id},
    )


# Whose `user` scope hears of the lobby: leaders who are in, and the host wherever they are.
_LEADER_KEYS = """
    array(SELECT DISTINCT coalesce(l.user_id, l.participant_id)::text FROM meeting_participants l
          WHERE l.meeting_id = m.meeting_id AND l.status = 'joined' AND l.role IN ('host', 'co-host')
          UNION SELECT m.host_user_id::text WHERE m.host_user_id IS NOT NULL)"""


def leader_keys(conn: Conn, meeting_id: str) -> Rows:
    return conn.execute(
        f"SELECT {_LEADER_KEYS} AS keys FROM meetings m WHERE m.meeting_id = %s",  # noqa: S608 (constant)
        (meeting_id,),
    )


def by_id(conn: Conn, meeting_id: str, *, lock: bool = False) -> Rows:
    found = f"SELECT {COLUMNS} FROM meetings m WHERE m.meeting_id = %s"  # noqa: S608 (constant)
    return conn.execute(found + (" FOR NO KEY UPDATE OF m" if lock else ""), (meeting_id,))


def rights(conn: Conn, meeting_id: str) -> Rows:
    """What of a meeting bears on what its participants may do."""
    return conn.execute(
        "SELECT status, allow_screen_share, allow_reactions FROM meetings WHERE meeting_id = %s",
        (meeting_id,),
    )


def claim_seat(
    conn: Conn, meeting_id: str, participant_id: str, *, version: int | None, now: datetime
) -> None:
    """See its comment. Raises SQLSTATE CV409, CV410 or CV412, at the next fetch or at commit."""
    conn.execute(
        "SELECT claim_seat(%s, %s, %s, %s, %s)", (meeting_id, participant_id, version, now, SEAT_HOLD)
    )


def change(
    conn: Conn, meeting_id: str, changes: Mapping[str, Any], now: datetime, *, shown: bool = False
) -> Rows:
    """Change columns and count the version up; the whole row as it is afterwards.

    `shown`: calendars show something else now, also where no column has changed.
    """
    columns = {CHANGEABLE[name]: value for name, value in changes.items()}
    assignments = "".join(f"{name} = %({name})s, " for name in columns)
    if shown or _SHOWN & changes.keys():
        assignments += "calendar_sequence = m.calendar_sequence + 1, calendar_changed_at = %(now)s, "
    return conn.execute(
        f"""
        UPDATE meetings m SET {assignments} version = m.version + 1, updated_at = %(now)s
        WHERE m.meeting_id = %(meeting_id)s RETURNING {COLUMNS}
        """,  # noqa: S608 (names come from CHANGEABLE)
        {**columns, "now": now, "meeting_id": meeting_id},
    )


def make_guests_wait(conn: Conn, meeting_id: str, now: datetime) -> None:
    conn.execute(
        "UPDATE meetings SET guests_wait = true, version = version + 1, updated_at = %s"
        " WHERE meeting_id = %s AND NOT guests_wait",
        (now, meeting_id),
    )


def start(conn: Conn, meeting_id: str, now: datetime) -> Rows:
    """Make a scheduled meeting active. No new version: two hosts at its settings are not in the way."""
    return conn.execute(
        f"""
        UPDATE meetings m SET status = 'active', actual_start_time = %(now)s, updated_at = %(now)s
        WHERE m.meeting_id = %(meeting_id)s AND m.status = 'scheduled' RETURNING {COLUMNS}
        """,  # noqa: S608 (constant)
        {"meeting_id": meeting_id, "now": now},
    )


def end(conn: Conn, meeting_id: str, *, status: str, reason: str, now: datetime) -> Rows:
    """End or cancel a meeting. Durations and totals are computed here, from what the rows say."""
    return conn.execute(
        f"""
        UPDATE meetings m
        SET status = %(status)s, end_reason = %(reason)s, version = m.version + 1, updated_at = %(now)s,
            calendar_sequence = m.calendar_sequence + (%(status)s = 'cancelled')::integer,
            calendar_changed_at =
                CASE WHEN %(status)s = 'cancelled' THEN %(now)s ELSE m.calendar_changed_at END,
            actual_end_time = greatest(%(now)s, m.actual_start_time),
            duration_seconds =
                extract(epoch FROM greatest(%(now)s, m.actual_start_time) - m.actual_start_time),
            total_participants = (SELECT count(*) FROM meeting_participants t
                                  WHERE t.meeting_id = m.meeting_id AND t.joined_at >= m.actual_start_time)
        WHERE m.meeting_id = %(meeting_id)s AND m.status IN ('scheduled', 'active') RETURNING {COLUMNS}
        """,  # noqa: S608 (constant)
        {"meeting_id": meeting_id, "status": status, "reason": reason, "now": now},
    )


def of_user(conn: Conn, user_id: str, *, before: str | None, status: str | None, limit: int) -> list[DictRow]:
    """Meetings that the user hosts or took part in, newest first, older than `before`."""
    return conn.execute(
        f"""
        SELECT {COLUMNS} FROM meetings m
        WHERE m.meeting_id IN (
            SELECT h.meeting_id FROM meetings h WHERE h.host_user_id = %(user_id)s
            UNION ALL
            SELECT p.meeting_id FROM meeting_participants p
            WHERE p.user_id = %(user_id)s AND p.first_joined_at IS NOT NULL AND NOT p.must_wait)
          AND m.meeting_type <> 'call'
          AND (%(before)s::uuid IS NULL OR m.meeting_id < %(before)s)
          AND (%(status)s::text IS NULL OR m.status = %(status)s)
        ORDER BY m.meeting_id DESC LIMIT %(limit)s
        """,  # noqa: S608 (constant)
        {"user_id": user_id, "before": before, "status": status, "limit": limit},
    ).fetchall()
