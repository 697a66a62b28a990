"""SQL of the tables calls, call_participants and call_events.

Functions that return a cursor do not wait for the server: inside a transaction's pipeline they are sent with
the next one that is fetched, or with COMMIT.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from convoke.calls.rules import ARRIVAL, RINGING
from convoke.ids import new_id

Conn = psycopg.Connection[DictRow]
Rows = psycopg.Cursor[DictRow]

_CALL = """
    c.call_id::text AS id, c.chat_id::text AS chat_id, c.kind, c.media_type, c.status,
    c.initiator_user_id::text AS initiator_id, c.message_id::text AS message_id, c.created_at, c.answered_at,
    c.ended_at, c.end_reason, c.ended_by::text AS ended_by,
    (SELECT h.title FROM chats h WHERE h.chat_id = c.chat_id) AS chat_title"""

# Of people `p` of a call `c` those who have left its chat since they were called, or came: `m.left_at`. Who
# is rung after that is welcome, as somebody who never was in the chat.
_PUT_OUT = """
    JOIN chat_members m ON m.chat_id = c.chat_id AND m.member_id = p.user_id
        AND m.left_at >= greatest(p.created_at, p.rings_until - %(ringing)s::interval)"""


def insert(conn: Conn, row: Mapping[str, Any], now: datetime) -> None:
    """A new call. Raises UniqueViolation of calls_open at the next fetch, where its chat has an open one."""
    conn.execute(
        """
        INSERT INTO calls
            (call_id, chat_id, kind, media_type, status, initiator_user_id, created_at, updated_at)
        VALUES (%(id)s, %(chat_id)s, %(kind)s, %(media_type)s, 'ringing', %(initiator_id)s, %(now)s, %(now)s)
        """,
        {**row, "now": now},
    )


def by_id(conn: Conn, call_id: str, *, lock: bool = False) -> Rows:
    """The call, as far as row security lets the caller see it; `lock` holds it until commit."""
    found = f"SELECT {_CALL} FROM calls c WHERE c.call_id = %s"  # noqa: S608 (constant)
    return conn.execute(found + (" FOR NO KEY UPDATE OF c" if lock else ""), (call_id,))


def open_in(conn: Conn, chat_id: str) -> Rows:
    return conn.execute(
        "SELECT call_id::text AS id FROM calls WHERE chat_id = %s AND ended_at IS NULL", (chat_id,)
    )


def people(conn: Conn, call_ids: Sequence[str]) -> Rows:
    """Everybody in these calls with their names, in the order in which they were called, and whether they
    have blocked who began it. As the system."""
    return conn.execute(
        """
        SELECT p.call_id::text AS call_id, p.user_id::text AS user_id, p.state, p.rings_until, p.updated_at,
               u.display_name, u.avatar_url,
               EXISTS (SELECT FROM blocks b WHERE b.user_id = p.user_id
                       AND b.blocked_user_id = c.initiator_user_id) AS has_blocked_caller
        FROM call_participants p JOIN users u ON u.user_id = p.user_id JOIN calls c ON c.call_id = p.call_id
        WHERE p.call_id = ANY (%s::uuid[])
        ORDER BY p.call_id, p.created_at, p.rings_until NULLS FIRST, p.user_id
        """,
        (list(call_ids),),
    )


def put_out(conn: Conn, call_id: str) -> Rows:
    """Who of a call's people has left its chat since they were called, and when."""
    return conn.execute(
        f"""
        SELECT p.user_id::text AS user_id, m.left_at
        FROM calls c JOIN call_participants p ON p.call_id = c.call_id {_PUT_OUT}
        WHERE c.call_id = %(call_id)s
        """,  # noqa: S608 (constant)
        {"call_id": call_id, "ringing": RINGING},
    )


def chat_kind(conn: Conn, chat_id: str) -> Rows:
    return conn.execute("SELECT kind FROM chats WHERE chat_id = %s", (chat_id,))


def name_of(conn: Conn, user_id: str) -> Rows:
    return conn.execute("SELECT display_name FROM users WHERE user_id = %s", (user_id,))


def in_a_call(conn: Conn, user_ids: Iterable[str]) -> Rows:
    """Who of them is in a call at this moment."""
    return conn.execute(
        """
        SELECT user_id::text AS user_id, call_id::text AS call_id FROM call_participants
        WHERE user_id = ANY (%s::uuid[]) AND state IN ('initiator', 'answered')
        """,
        (list(user_ids),),
    )


def blocked_among(conn: Conn, user_id: str, others: Iterable[str]) -> Rows:
    """Who of them has blocked this user, or was blocked by them."""
    return conn.execute(
        "SELECT o::text AS user_id FROM unnest(%s::uuid[]) o WHERE app_blocked(%s, o)",
        (list(others), user_id),
    )


def who_have_blocked(conn: Conn, user_id: str | None, others: Iterable[str]) -> Rows:
    """Who of them has blocked this user, whatever that one has done. As the system."""
    return conn.execute(
        """
        SELECT user_id::text AS user_id FROM blocks
        WHERE blocked_user_id = %s::uuid AND user_id = ANY (%s::uuid[])
        """,
        (user_id, list(others)),
    )


def set_states(
    conn: Conn, call_id: str, states: Mapping[str, str], now: datetime, *, rings_until: datetime | None = None
) -> None:
    """New states of people, who need not have been in the call before. `rings_until` for those who ring.

    Their times only rise, whichever function has begun first: by them clients know the later of two pictures.
    """
    conn.execute(
        """
        INSERT INTO call_participants AS p (call_id, user_id, state, rings_until, created_at, updated_at)
        SELECT %(call_id)s, s.user_id, s.state, CASE WHEN s.state = 'ringing' THEN %(until)s::timestamptz END,
               %(now)s, %(now)s
        FROM unnest(%(users)s::uuid[], %(states)s::text[]) AS s (user_id, state)
        ON CONFLICT (call_id, user_id) DO UPDATE
        SET state = excluded.state, rings_until = coalesce(excluded.rings_until, p.rings_until),
            updated_at = greatest(p.updated_at, excluded.updated_at)
        """,
        {
            "call_id": call_id,
            "users": list(states),
            "states": [str(state) for state in states.values()],
            "until": rings_until,
            "now": now,
        },
    )


def change(conn: Conn, call_id: str, changes: Mapping[str, Any], now: datetime) -> None:
    """Change columns of a call; `changes` names columns of this table, never a client's words."""
    assignments = "".join(f"{name} = %({name})s, " for name in changes)
    conn.execute(
        f"UPDATE calls SET {assignments} updated_at = %(now)s WHERE call_id = %(call_id)s",  # noqa: S608
        {**changes, "now": now, "call_id": call_id},
    )


def note(
    conn: Conn,
    call_id: str,
    kind: str,
    now: datetime,
    *,
    user_id: str | None = None,
    reason: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """An entry of the call's history of events."""
    conn.execute(
        """
        INSERT INTO call_events (event_id, call_id, type, user_id, reason, payload, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        (new_id(now), call_id, kind, user_id, reason, Jsonb(dict(payload or {})), now),
    )


def events(conn: Conn, call_id: str) -> Rows:
    return conn.execute(
        """
        SELECT type, user_id::text AS user_id, reason, payload, created_at AS at
        FROM call_events WHERE call_id = %s ORDER BY created_at, event_id
        """,
        (call_id,),
    )


def ringing_elsewhere(conn: Conn, user_id: str, call_id: str) -> Rows:
    """Other calls that ring for a user."""
    return conn.execute(
        """
        SELECT call_id::text AS id FROM call_participants
        WHERE user_id = %s AND state = 'ringing' AND call_id <> %s
        """,
        (user_id, call_id),
    )


def page(conn: Conn, user_id: str, wanted: Mapping[str, Any], *, before: str | None, limit: int) -> Rows:
    """Calls of a user, newest first, as row security lets them see; a filter that is None filters nothing."""
    return conn.execute(
        f"""
        SELECT {_CALL} FROM call_participants p JOIN calls c ON c.call_id = p.call_id
        WHERE p.user_id = %(user_id)s
          AND (%(before)s::uuid IS NULL OR p.call_id < %(before)s)
          AND (%(state)s::text IS NULL OR p.state = %(state)s)
          AND (%(status)s::text IS NULL OR c.status = %(status)s)
          AND (%(media_type)s::text IS NULL OR c.media_type = %(media_type)s)
          AND (%(chat_id)s::uuid IS NULL OR c.chat_id = %(chat_id)s)
          AND (%(direction)s::text IS NULL
               OR (c.initiator_user_id IS NOT DISTINCT FROM %(user_id)s) = (%(direction)s = 'outgoing'))
        ORDER BY p.call_id DESC LIMIT %(limit)s
        """,  # noqa: S608 (constant)
        {**wanted, "user_id": user_id, "before": before, "limit": limit},
    )


def open_page(conn: Conn, now: datetime, *, after: str | None, limit: int) -> Rows:
    """Calls that go on, by id; `due` are those with which something has not been done that should have been.

    `due`: somebody rings for too long, is said to be in the call and not in its room, or has left its chat.
    """
    return conn.execute(
        f"""
        SELECT c.call_id::text AS id,
               EXISTS (SELECT 1 FROM call_participants p WHERE p.call_id = c.call_id
                       AND p.state = 'ringing' AND p.rings_until <= %(now)s)
               OR EXISTS (SELECT 1 FROM call_participants p WHERE p.call_id = c.call_id
                          AND p.state IN ('initiator', 'answered') AND p.updated_at < %(arrived)s
                          AND NOT EXISTS (SELECT 1 FROM meeting_participants m
                                          WHERE m.meeting_id = c.call_id AND m.user_id = p.user_id
                                            AND m.status = 'joined'))
               OR EXISTS (SELECT 1 FROM call_participants p {_PUT_OUT} WHERE p.call_id = c.call_id
                          AND p.state IN ('initiator', 'ringing', 'answered'))
               OR NOT EXISTS (SELECT 1 FROM call_participants p WHERE p.call_id = c.call_id
                              AND p.state IN ('initiator', 'answered')) AS due
        FROM calls c
        WHERE c.ended_at IS NULL AND (%(after)s::uuid IS NULL OR c.call_id > %(after)s)
        ORDER BY c.call_id LIMIT %(limit)s
        """,  # noqa: S608 (constant)
        {"now": now, "arrived": now - ARRIVAL, "ringing": RINGING, "after": after, "limit": limit},
    )
