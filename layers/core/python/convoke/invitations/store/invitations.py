"""SQL of the tables invitations and invitation_uses."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

Conn = psycopg.Connection[DictRow]
Rows = psycopg.Cursor[DictRow]

COLUMNS = """
    i.invitation_id::text AS id, i.meeting_id::text AS meeting_id, i.inviter_user_id::text AS inviter_user_id,
    i.kind, i.user_id::text AS user_id, i.email, i.token_hash, i.message, i.timezone, i.max_uses, i.uses,
    i.status, i.expires_at, i.answered_at, i.sent_at, i.resent, i.created_at"""
_OF_PERSON = """
    u.display_name AS user_name, u.avatar_url AS user_avatar, n.display_name AS inviter_name,
    n.avatar_url AS inviter_avatar"""
_WITH_PEOPLE = """
    invitations i LEFT JOIN users u ON u.user_id = i.user_id AND u.status <> 'deleted'
    LEFT JOIN users n ON n.user_id = i.inviter_user_id AND n.status <> 'deleted'"""


def reachable(conn: Conn, inviter_id: str, user_ids: Sequence[str]) -> Rows:
    """Those of the users who can be invited: they are there, and neither has blocked the other."""
    return conn.execute(
        """
        SELECT u.user_id::text AS id FROM users u
        WHERE u.user_id = ANY (%(users)s::uuid[]) AND u.status = 'active' AND u.user_id <> %(inviter)s
          AND NOT app_blocked(u.user_id, %(inviter)s::uuid)
        """,
        {"users": list(user_ids), "inviter": inviter_id},
    )


def unless_blocked(conn: Conn, invitation_id: str) -> Rows:
    """The invitation, unless its invitee and its inviter have parted."""
    return conn.execute(
        """
        SELECT user_id::text AS user_id FROM invitations
        WHERE invitation_id = %s AND NOT app_blocked(inviter_user_id, user_id)
        """,
        (invitation_id,),
    )


def own_settings(conn: Conn, user_id: str) -> Rows:
    return conn.execute("SELECT display_name, timezone FROM users WHERE user_id = %s", (user_id,))


def count_of_meeting(conn: Conn, meeting_id: str) -> Rows:
    return conn.execute(
        "SELECT count(*) AS invited FROM invitations WHERE meeting_id = %s AND status <> 'revoked'",
        (meeting_id,),
    )


def insert(conn: Conn, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """New invitations; who is invited already stays so."""
    for row in rows:
        conn.execute(
            """
            INSERT INTO invitations (invitation_id, meeting_id, inviter_user_id, kind, user_id, email,
                token_hash, message, timezone, max_uses, status, expires_at, created_at, updated_at)
            VALUES (%(id)s, %(meeting_id)s, %(inviter_user_id)s, %(kind)s, %(user_id)s, %(email)s,
                %(token_hash)s, %(message)s, %(timezone)s, %(max_uses)s, 'pending', %(expires_at)s, %(now)s,
                %(now)s)
            ON CONFLICT DO NOTHING
            """,
            {**row, "now": now},
        )


def of_people(conn: Conn, meeting_id: str, emails: Sequence[str], user_ids: Sequence[str]) -> Rows:
    return conn.execute(
        f"""
        SELECT {COLUMNS} FROM invitations i
        WHERE i.meeting_id = %s AND i.status IN ('pending', 'accepted', 'declined')
          AND ((i.kind = 'email' AND i.email = ANY (%s))
               OR (i.kind = 'user' AND i.user_id = ANY (%s::uuid[])))
        """,  # noqa: S608 (constants)
        (meeting_id, list(emails), list(user_ids)),
    )


def by_ids(conn: Conn, ids: Sequence[str]) -> Rows:
    """With the names of invitee and inviter: as the system, which sees users."""
    return conn.execute(
        f"SELECT {COLUMNS}, {_OF_PERSON} FROM {_WITH_PEOPLE}"  # noqa: S608 (constants)
        " WHERE i.invitation_id = ANY (%s::uuid[]) ORDER BY i.invitation_id DESC",
        (list(ids),),
    )


def of_meeting(conn: Conn, meeting_id: str, *, before: str | None, limit: int) -> Rows:
    return conn.execute(
        f"""
        SELECT {COLUMNS}, {_OF_PERSON} FROM {_WITH_PEOPLE}
        WHERE i.meeting_id = %(meeting_id)s
          AND (%(before)s::uuid IS NULL OR i.invitation_id < %(before)s)
        ORDER BY i.invitation_id DESC LIMIT %(limit)s
        """,  # noqa: S608 (constants)
        {"meeting_id": meeting_id, "before": before, "limit": limit},
    )


def of_user(conn: Conn, user_id: str, *, status: str | None, before: str | None, limit: int) -> Rows:
    """What somebody has received, newest first, to meetings that are not over."""
    return conn.execute(
        f"""
        SELECT {COLUMNS}, {_OF_PERSON} FROM {_WITH_PEOPLE} JOIN meetings m ON m.meeting_id = i.meeting_id
        WHERE i.user_id = %(user_id)s AND i.status IN ('pending', 'accepted', 'declined')
          AND m.status IN ('scheduled', 'active')
          AND (%(status)s::text IS NULL OR i.status = %(status)s)
          AND (%(before)s::uuid IS NULL OR i.invitation_id < %(before)s)
        ORDER BY i.invitation_id DESC LIMIT %(limit)s
        """,  # noqa: S608 (constants)
        {"user_id": user_id, "status": status, "before": before, "limit": limit},
    )


def by_token(conn: Conn, token_hash: bytes, *, lock: bool = False) -> Rows:
    found = f"SELECT {COLUMNS} FROM invitations i WHERE i.token_hash = %s"  # noqa: S608 (constant)
    return conn.execute(found + (" FOR UPDATE" if lock else ""), (token_hash,))


def by_id(conn: Conn, invitation_id: str, *, lock: bool = False) -> Rows:
    found = f"SELECT {COLUMNS} FROM invitations i WHERE i.invitation_id = %s"  # noqa: S608 (constant)
    return conn.execute(found + (" FOR UPDATE" if lock else ""), (invitation_id,))


def to_user(conn: Conn, meeting_reference: str, user_id: str) -> Rows:
    """The invitation of a user to the meeting with that id, code or slug."""
    return conn.execute(
        f"""
        SELECT {COLUMNS} FROM invitations i JOIN find_meeting(%s) m ON m.meeting_id = i.meeting_id
        WHERE i.user_id = %s AND i.status IN ('pending', 'accepted', 'declined') LIMIT 1
        """,  # noqa: S608 (constant)
        (meeting_reference, user_id),
    )


def to_holder(conn: Conn, meeting_reference: str, token_hash: bytes) -> Rows:
    """The invitation with that token, if it is to the meeting with that id, code or slug."""
    return conn.execute(
        f"""
        SELECT {COLUMNS} FROM invitations i JOIN find_meeting(%s) m ON m.meeting_id = i.meeting_id
        WHERE i.token_hash = %s
        """,  # noqa: S608 (constant)
        (meeting_reference, token_hash),
    )


def answer(conn: Conn, invitation_id: str, *, status: str, user_id: str | None, now: datetime) -> None:
    """`user_id`: one that came to an address belongs to the account that answers it."""
    conn.execute(
        """
        UPDATE invitations SET status = %(status)s, answered_at = %(now)s, updated_at = %(now)s,
            user_id = coalesce(user_id, %(user_id)s)
        WHERE invitation_id = %(id)s
        """,
        {"id": invitation_id, "status": status, "user_id": user_id, "now": now},
    )


def revoke(conn: Conn, invitation_id: str, now: datetime) -> None:
    conn.execute(
        "UPDATE invitations SET status = 'revoked', updated_at = %s WHERE invitation_id = %s",
        (now, invitation_id),
    )


def renew(conn: Conn, invitation_id: str, *, token_hash: bytes, expires_at: datetime, now: datetime) -> None:
    """It is sent again: as good as a new one, under the same token as long as its key is in use."""
    conn.execute(
        """
        UPDATE invitations SET status = 'pending', token_hash = %s, resent = resent + 1, updated_at = %s,
            expires_at = greatest(expires_at, %s)
        WHERE invitation_id = %s
        """,
        (token_hash, now, expires_at, invitation_id),
    )


def rehash(conn: Conn, invitation_id: str, token_hash: bytes) -> None:
    conn.execute(
        "UPDATE invitations SET token_hash = %s WHERE invitation_id = %s", (token_hash, invitation_id)
    )


def places(conn: Conn, invitation_id: str) -> Rows:
    """Who has come in by it."""
    return conn.execute(
        """
        SELECT p.participant_id::text AS id, p.user_id::text AS user_id
        FROM invitation_uses s JOIN meeting_participants p ON p.participant_id = s.participant_id
        WHERE s.invitation_id = %s ORDER BY s.used_at LIMIT 500
        """,
        (invitation_id,),
    )


def use(conn: Conn, invitation_id: str, participant_id: str, now: datetime) -> None:
    conn.execute(
        "INSERT INTO invitation_uses (invitation_id, participant_id, used_at) VALUES (%s, %s, %s)",
        (invitation_id, participant_id, now),
    )
    conn.execute(
        "UPDATE invitations SET uses = uses + 1, updated_at = %s WHERE invitation_id = %s",
        (now, invitation_id),
    )


def expire(conn: Conn, now: datetime, *, limit: int) -> int:
    """Pending ones that nobody has answered in time; how many, at most `limit`."""
    rows = conn.execute(
        """
        UPDATE invitations SET status = 'expired', updated_at = %(now)s
        WHERE invitation_id IN (SELECT invitation_id FROM invitations
                                WHERE status = 'pending' AND expires_at <= %(now)s
                                ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        RETURNING 1
        """,
        {"now": now, "limit": limit},
    ).fetchall()
    return len(rows)
