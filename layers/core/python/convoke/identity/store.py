"""Users and sessions in PostgreSQL. Functions that return a cursor leave it to the caller when to fetch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[DictRow]
Cursor = psycopg.Cursor[DictRow]

_USER = sql.SQL(
    "user_id, email, email_verified_at, username, display_name, avatar_url, bio, timezone, language,"
    " shows_last_seen, account_type, role, status, created_at, updated_at, last_login_at"
)
_SET = sql.SQL(", ")


def insert_user(conn: Connection, row: Mapping[str, Any], now: datetime) -> DictRow | None:
    """The new user, or None when the e-mail or the user name is taken."""
    return conn.execute(
        sql.SQL(
            """
            INSERT INTO users (user_id, email, username, display_name, password_hash, created_at, updated_at,
                last_login_at)
            VALUES (%(user_id)s, %(email)s, %(username)s, %(display_name)s, %(password_hash)s,
                %(now)s, %(now)s, %(now)s)
            ON CONFLICT DO NOTHING
            RETURNING {}
            """
        ).format(_USER),
        {**row, "now": now},
    ).fetchone()


def email_exists(conn: Connection, email: str) -> bool:
    return conn.execute("SELECT 1 FROM users WHERE email = %s", (email,)).fetchone() is not None


def find_by_email(conn: Connection, email: str) -> Cursor:
    return conn.execute(
        sql.SQL("SELECT password_hash, {} FROM users WHERE email = %s AND status <> 'deleted'").format(_USER),
        (email,),
    )


def find_user(conn: Connection, user_id: str) -> Cursor:
    return conn.execute(
        sql.SQL("SELECT {} FROM users WHERE user_id = %s AND status <> 'deleted'").format(_USER), (user_id,)
    )


def names(conn: Connection, user_ids: Sequence[str]) -> Cursor:
    return conn.execute(
        "SELECT user_id::text AS id, display_name FROM users WHERE user_id = ANY (%s::uuid[])",
        (list(user_ids),),
    )


def update_user(conn: Connection, user_id: str, changes: Mapping[str, Any], now: datetime) -> Cursor:
    """Change the named columns, which are the fields of `ProfileUpdate`."""
    columns = _SET.join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes
    )
    return conn.execute(
        sql.SQL(
            """
            UPDATE users SET {}, updated_at = %(now)s
            WHERE user_id = %(user_id)s AND status <> 'deleted' RETURNING {}
            """
        ).format(columns, _USER),
        {**changes, "user_id": user_id, "now": now},
    )


def note_login(conn: Connection, user_id: str, password_hash: str | None, now: datetime) -> None:
    """The time of the login, and the password's new hash where its parameters have changed."""
    conn.execute(
        """
        UPDATE users SET last_login_at = %s, password_hash = coalesce(%s, password_hash) WHERE user_id = %s
        """,
        (now, password_hash, user_id),
    )


def insert_session(conn: Connection, row: Mapping[str, Any], now: datetime) -> None:
    """One refresh token. `opened_at` is when the family, that is the session as people know it, began."""
    conn.execute(
        """
        INSERT INTO sessions (session_id, family_id, user_id, token_hash, device_info, ip_address, user_agent,
            opened_at, created_at, expires_at)
        VALUES (%(session_id)s, %(family_id)s, %(user_id)s, %(token_hash)s, %(device_info)s, %(ip)s,
            %(user_agent)s, %(opened_at)s, %(now)s, %(expires_at)s)
        """,
        {**row, "device_info": Jsonb(row["device_info"]), "now": now},
    )


def rotate_session(conn: Connection, token_hash: bytes, now: datetime) -> DictRow | None:
    """Mark a good refresh token as used and return its session and user; None when it is not good.

    One statement, so that of two callers with the same token exactly one gets a row.
    """
    return conn.execute(
        """
        UPDATE sessions s SET rotated_at = %(now)s
        FROM users u
        WHERE s.token_hash = %(token_hash)s AND s.rotated_at IS NULL AND s.revoked_at IS NULL
          AND s.expires_at > %(now)s AND u.user_id = s.user_id AND u.status = 'active'
        RETURNING s.family_id, s.device_info, s.opened_at, u.*
        """,
        {"token_hash": token_hash, "now": now},
    ).fetchone()


def find_token(conn: Connection, token_hash: bytes) -> DictRow | None:
    return conn.execute(
        "SELECT family_id, user_id, rotated_at, revoked_at, expires_at FROM sessions WHERE token_hash = %s",
        (token_hash,),
    ).fetchone()


def revoke_family(conn: Connection, family_id: str, reason: str, now: datetime) -> Cursor:
    """End a session; returns its rows, also when it had ended before."""
    return conn.execute(
        """
        UPDATE sessions SET revoked_at = coalesce(revoked_at, %s), revoke_reason = coalesce(revoke_reason, %s)
        WHERE family_id = %s RETURNING user_id
        """,
        (now, reason, family_id),
    )


def list_sessions(conn: Connection, user_id: str, now: datetime) -> Cursor:
    """The sessions that can still be renewed, latest first: of each family the token not used yet."""
    return conn.execute(
        """
        SELECT family_id, device_info, ip_address, user_agent, opened_at, created_at, expires_at FROM sessions
        WHERE user_id = %s AND rotated_at IS NULL AND revoked_at IS NULL AND expires_at > %s
        ORDER BY created_at DESC LIMIT 100
        """,
        (user_id, now),
    )
