"""SQL of the table calendar_feeds."""

from datetime import datetime

import psycopg
from psycopg.rows import DictRow

Conn = psycopg.Connection[DictRow]


def put(conn: Conn, user_id: str, token_hash: bytes, now: datetime) -> None:
    """The user's one feed, in the place of the one before."""
    conn.execute(
        """
        INSERT INTO calendar_feeds (user_id, token_hash, created_at) VALUES (%s, %s, %s)
        ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at
        """,
        (user_id, token_hash, now),
    )


def drop(conn: Conn, user_id: str) -> None:
    conn.execute("DELETE FROM calendar_feeds WHERE user_id = %s", (user_id,))


def owner(conn: Conn, token_hash: bytes) -> DictRow | None:
    """Whose feed it is, as long as the account is in use."""
    return conn.execute(
        """
        SELECT u.user_id::text AS id, u.display_name AS name FROM calendar_feeds f
        JOIN users u ON u.user_id = f.user_id WHERE f.token_hash = %s AND u.status = 'active'
        """,
        (token_hash,),
    ).fetchone()
