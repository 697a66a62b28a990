"""SQL by which people leave: what becomes of their rows in meeting_participants."""

from collections.abc import Sequence
from datetime import datetime

from convoke.meetings.store.participants import COLUMNS, Conn, Rows

# What a departure makes of a row `p`, whatever its reason.
DEPARTURE = """
    status = %(status)s, leave_reason = %(reason)s, left_at = %(now)s, updated_at = %(now)s,
    must_wait = p.must_wait OR %(status)s = 'removed',
    role = CASE WHEN %(status)s = 'removed' AND p.role = 'co-host' THEN 'participant' ELSE p.role END,
    connection_id = NULL, missing_since = NULL, admitted_at = NULL, waiting_since = NULL,
    screen_sharing = false, hand_raised = false,
    total_duration_seconds = p.total_duration_seconds + CASE WHEN p.status = 'joined'
        THEN greatest(0, extract(epoch FROM %(now)s - p.joined_at))::integer ELSE 0 END"""


def depart(
    conn: Conn,
    participant_id: str,
    *,
    status: str,
    reason: str,
    from_status: Sequence[str],
    now: datetime,
    connection_id: str | None = None,
    only_if_lost: bool = False,
    missing_before: datetime | None = None,
) -> Rows:
    """Take somebody out, their seconds added up; the row, with `was` and `last_connection` from before.

    `connection_id`: if joined, only while that connection is theirs; `only_if_lost`: and is not back, so that
    a repeated or late message changes nothing. `missing_before`: only while the sweep's mark is that old.
    """
    return conn.execute(
        f"""
        WITH old AS (SELECT participant_id, status, connection_id FROM meeting_participants
                     WHERE participant_id = %(id)s FOR NO KEY UPDATE)
        UPDATE meeting_participants p SET {DEPARTURE} FROM old
        WHERE p.participant_id = old.participant_id AND p.status = ANY (%(from_status)s)
          AND (%(connection_id)s::text IS NULL OR p.connection_id = %(connection_id)s
               OR (p.status <> 'joined' AND NOT %(only_if_lost)s))
          AND (NOT %(only_if_lost)s OR p.connection_state = 'reconnecting')
          AND (%(missing_before)s::timestamptz IS NULL OR p.missing_since < %(missing_before)s)
        RETURNING {COLUMNS}, old.status AS was, old.connection_id AS last_connection
        """,  # noqa: S608 (constants)
        {
            "id": participant_id,
            "status": status,
            "reason": reason,
            "from_status": list(from_status),
            "connection_id": connection_id,
            "only_if_lost": only_if_lost,
            "missing_before": missing_before,
            "now": now,
        },
    )


def depart_all(conn: Conn, meeting_id: str, now: datetime) -> Rows:
    """Everybody who is in, coming or waiting leaves, because the meeting is over.

    Their events are written here and not by `emit`, which would need the rows first: another round trip.
    """
    return conn.execute(
        f"""
        WITH old AS (SELECT participant_id, status, connection_id FROM meeting_participants
                     WHERE meeting_id = %(meeting_id)s AND status IN ('joined', 'waiting', 'invited')
                     ORDER BY participant_id FOR NO KEY UPDATE),
        gone AS (
            UPDATE meeting_participants p SET {DEPARTURE} FROM old WHERE p.participant_id = old.participant_id
            RETURNING {COLUMNS}, old.status AS was, old.connection_id AS last_connection),
        told AS (
            INSERT INTO outbox (event_id, kind, meeting_id, user_id, participant_id, data, created_at)
            SELECT gen_random_uuid(), 'participant.left', meeting_id::uuid, user_id::uuid, id::uuid,
                   jsonb_build_object('reason', %(reason)s::text, 'from', was,
                                      'duration_seconds', duration_seconds, 'joined_at', joined_at), %(now)s
            FROM gone)
        SELECT * FROM gone
        """,  # noqa: S608 (constants)
        {"meeting_id": meeting_id, "status": "left", "reason": "meeting_ended", "now": now},
    )
