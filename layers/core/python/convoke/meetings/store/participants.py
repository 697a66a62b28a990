"""SQL of the table meeting_participants."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.meetings.rules import SEAT_HOLD

Conn = psycopg.Connection[DictRow]
Rows = psycopg.Cursor[DictRow]

COLUMNS = """
    p.participant_id::text AS id, p.meeting_id::text AS meeting_id, p.user_id::text AS user_id,
    p.display_name, p.avatar_url, p.role, p.status, p.muted, p.video_on, p.screen_sharing, p.hand_raised,
    p.admitted_at, p.first_joined_at,
    p.joined_at, p.left_at, p.leave_reason, p.connection_id, p.connection_state AS connection,
    p.total_duration_seconds AS duration_seconds, host(p.ip_address) AS ip_address, p.user_agent,
    p.client_version, p.breakout_id::text AS breakout_id, p.version"""

STATE = ("muted", "video_on", "screen_sharing", "hand_raised")


def place(conn: Conn, row: Mapping[str, Any], now: datetime) -> Rows:
    """Put a comer into the meeting or its lobby: a new place, or the one they have had. Returns COLUMNS.

    A user has one place in a meeting, also when two devices join in the same moment. `seen_status` is what
    the decision was based on: a place that has changed since gets no status at all, which PostgreSQL refuses
    (NotNullViolation), so that nobody slips in who was removed a moment ago.
    """
    target = "(meeting_id, user_id) WHERE user_id IS NOT NULL" if row["user_id"] else "(participant_id)"
    return conn.execute(
        f"""
        INSERT INTO meeting_participants AS p (participant_id, meeting_id, user_id, display_name, avatar_url,
            role, status, must_wait, admitted_at, waiting_since, ip_address, user_agent, client_version,
            created_at, updated_at)
        VALUES (%(id)s, %(meeting_id)s, %(user_id)s, %(display_name)s,
            (SELECT u.avatar_url FROM users u WHERE u.user_id = %(user_id)s), %(role)s, %(status)s,
            %(status)s = 'waiting',
            CASE WHEN %(status)s = 'invited' THEN %(now)s::timestamptz END,
            CASE WHEN %(status)s = 'waiting' THEN %(now)s::timestamptz END,
            %(ip)s, %(user_agent)s, %(client_version)s, %(now)s, %(now)s)
        ON CONFLICT {target} DO UPDATE SET
            display_name = excluded.display_name, avatar_url = excluded.avatar_url, role = excluded.role,
            status = CASE WHEN p.status = %(seen_status)s THEN excluded.status END,
            connection_state = CASE WHEN p.status = 'joined' THEN p.connection_state ELSE 'connected' END,
            must_wait = p.must_wait OR excluded.must_wait,
            admitted_at = excluded.admitted_at,
            waiting_since = coalesce(p.waiting_since, excluded.waiting_since),
            ip_address = excluded.ip_address, user_agent = excluded.user_agent,
            client_version = coalesce(excluded.client_version, p.client_version), missing_since = NULL,
            updated_at = excluded.updated_at
        RETURNING {COLUMNS}
        """,  # noqa: S608 (constants)
        {**row, "now": now},
    )


def enter(
    conn: Conn,
    participant_id: str,
    *,
    connection_id: str,
    breakout_id: str | None,
    muted: bool,
    video_on: bool,
    now: datetime,
) -> Rows:
    """Make somebody who was admitted (or is in already) joined, by this connection, in this room."""
    return conn.execute(
        f"""
        UPDATE meeting_participants p
        SET status = 'joined', joined_at = CASE WHEN p.status = 'joined' THEN p.joined_at ELSE %(now)s END,
            first_joined_at = coalesce(p.first_joined_at, %(now)s), left_at = NULL, leave_reason = NULL,
            admitted_at = NULL, waiting_since = NULL, connection_id = %(connection_id)s,
            connection_state = 'connected', missing_since = NULL, muted = %(muted)s, video_on = %(video_on)s,
            screen_sharing = false, hand_raised = false, updated_at = %(now)s,
            breakout_id = %(breakout_id)s
        WHERE p.participant_id = %(id)s AND p.status IN ('invited', 'joined') RETURNING {COLUMNS}
        """,  # noqa: S608 (constant)
        {
            "id": participant_id,
            "connection_id": connection_id,
            "breakout_id": breakout_id,
            "muted": muted,
            "video_on": video_on,
            "now": now,
        },
    )


def one(conn: Conn, meeting_id: str, participant_id: str) -> Rows:
    return conn.execute(
        f"SELECT {COLUMNS} FROM meeting_participants p WHERE p.meeting_id = %s AND p.participant_id = %s",  # noqa: S608
        (meeting_id, participant_id),
    )


def by_owner(conn: Conn, participant_id: str, *, user_id: str | None, guest_id: str | None) -> Rows:
    """A participant, if it is this user's own or the one whom this guest is; held until commit."""
    return conn.execute(
        f"""
        SELECT {COLUMNS} FROM meeting_participants p
        WHERE p.participant_id = %(id)s
          AND (p.user_id = %(user_id)s OR (p.user_id IS NULL AND p.participant_id = %(guest_id)s))
        FOR NO KEY UPDATE OF p
        """,  # noqa: S608 (constant)
        {"id": participant_id, "user_id": user_id, "guest_id": guest_id},
    )


def locked(conn: Conn, meeting_id: str, participant_ids: Sequence[str]) -> Rows:
    """Rows of the meeting held until commit, in one order for everybody, so that none waits in a circle."""
    return conn.execute(
        f"""
        SELECT {COLUMNS} FROM meeting_participants p
        WHERE p.meeting_id = %s AND p.participant_id = ANY (%s::uuid[])
        ORDER BY p.participant_id FOR NO KEY UPDATE OF p
        """,  # noqa: S608 (constant)
        (meeting_id, list(participant_ids)),
    )


def roster(conn: Conn, meeting_id: str, *statuses: str) -> Rows:
    """Everybody of these statuses, in the order in which they came."""
    return conn.execute(
        f"""
        SELECT {COLUMNS} FROM meeting_participants p
        WHERE p.meeting_id = %s AND p.status = ANY (%s)
        ORDER BY coalesce(p.joined_at, p.waiting_since, p.created_at), p.participant_id
        """,  # noqa: S608 (constant)
        (meeting_id, list(statuses)),
    )


def page(conn: Conn, meeting_id: str, *, leads: bool, after: str | None, limit: int) -> Rows:
    """For leaders everybody who ever came or asked to, for the others who is in; by id, after `after`."""
    return conn.execute(
        f"""
        SELECT {COLUMNS} FROM meeting_participants p
        WHERE p.meeting_id = %(meeting_id)s AND (%(leads)s OR p.status = 'joined')
          AND (%(after)s::uuid IS NULL OR p.participant_id > %(after)s)
        ORDER BY p.participant_id LIMIT %(limit)s
        """,  # noqa: S608 (constant)
        {"meeting_id": meeting_id, "leads": leads, "after": after, "limit": limit},
    )


def seats_taken(conn: Conn, meeting_id: str, now: datetime, *, besides: str | None = None) -> Rows:
    """How many seats are taken, not counting that of `besides`."""
    return conn.execute(
        """
        SELECT count(*) AS taken FROM meeting_participants
        WHERE meeting_id = %s AND (status = 'joined' OR (status = 'invited' AND admitted_at > %s))
          AND participant_id IS DISTINCT FROM %s
        """,
        (meeting_id, now - SEAT_HOLD, besides),
    )


def change(conn: Conn, participant_id: str, changes: Mapping[str, Any], now: datetime) -> Rows:
    """Change display_name, role or state; `changes` names columns of this table, never a client's words."""
    assignments = "".join(f"{name} = %({name})s, " for name in changes)
    return conn.execute(
        f"UPDATE meeting_participants p SET {assignments} updated_at = %(now)s"  # noqa: S608 (see above)
        f" WHERE p.participant_id = %(id)s RETURNING {COLUMNS}",
        {**changes, "id": participant_id, "now": now},
    )


def stop_sharing(conn: Conn, meeting_id: str, now: datetime) -> Rows:
    """Take down the screens of all who share one by the meeting's leave, that is of all but its leaders."""
    return conn.execute(
        f"""
        UPDATE meeting_participants p SET screen_sharing = false, updated_at = %s
        WHERE p.meeting_id = %s AND p.status = 'joined' AND p.screen_sharing
          AND p.role NOT IN ('host', 'co-host') RETURNING {COLUMNS}
        """,  # noqa: S608 (constant)
        (now, meeting_id),
    )


def admit(conn: Conn, participant_ids: Sequence[str], now: datetime) -> Rows:
    return conn.execute(
        f"""
        UPDATE meeting_participants p
        SET status = 'invited', must_wait = false, admitted_at = %(now)s, waiting_since = NULL,
            updated_at = %(now)s
        WHERE p.participant_id = ANY (%(ids)s::uuid[]) AND p.status = 'waiting' RETURNING {COLUMNS}
        """,  # noqa: S608 (constant)
        {"ids": list(participant_ids), "now": now},
    )


def connect(
    conn: Conn,
    participant_id: str,
    *,
    user_id: str | None,
    connection_id: str,
    statuses: Sequence[str],
    now: datetime,
) -> Rows:
    """A new connection stands for its own participant: the user's, or the one whom a guest's ticket names."""
    return conn.execute(
        f"""
        UPDATE meeting_participants p
        SET connection_id = %(connection_id)s, connection_state = 'connected', missing_since = NULL,
            updated_at = %(now)s
        WHERE p.participant_id = %(id)s AND p.status = ANY (%(statuses)s)
          AND p.user_id IS NOT DISTINCT FROM %(user_id)s::uuid RETURNING {COLUMNS}
        """,  # noqa: S608 (constant)
        {
            "id": participant_id,
            "user_id": user_id,
            "connection_id": connection_id,
            "statuses": list(statuses),
            "now": now,
        },
    )


def lose_connection(conn: Conn, connection_id: str, now: datetime) -> Rows:
    """Whoever that connection stood for is reconnecting, unless a newer connection has taken over."""
    return conn.execute(
        f"""
        UPDATE meeting_participants p SET connection_state = 'reconnecting', updated_at = %(now)s
        WHERE p.connection_id = %(connection_id)s AND p.status IN ('joined', 'waiting', 'invited')
          AND p.connection_state = 'connected'
        RETURNING {COLUMNS},
            (SELECT m.meeting_type FROM meetings m WHERE m.meeting_id = p.meeting_id) AS meeting_type
        """,  # noqa: S608 (constant)
        {"connection_id": connection_id, "now": now},
    )
