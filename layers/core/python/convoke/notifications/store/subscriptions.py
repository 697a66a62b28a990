"""SQL of the table push_subscriptions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.notifications.store.notifications import as_system

Connection = psycopg.Connection[DictRow]
Cursor = psycopg.Cursor[DictRow]

_PUBLIC = "subscription_id::text AS id, device_name, created_at, last_used_at"


def count_others(conn: Connection, user_id: str, endpoint: str) -> Cursor:
    return conn.execute(
        "SELECT count(*) AS others FROM push_subscriptions WHERE user_id = %s AND endpoint <> %s",
        (user_id, endpoint),
    )


def free_endpoint(conn: Connection, user_id: str, endpoint: str) -> None:
    """Take a browser from whoever used it before: they see no more of it, and it shows no more of theirs."""
    with as_system(conn):
        conn.execute(
            "DELETE FROM push_subscriptions WHERE endpoint = %s AND user_id <> %s", (endpoint, user_id)
        )


def put(conn: Connection, row: Mapping[str, Any], now: datetime) -> Cursor:
    """A new subscription, or the known one renewed; `is_new` tells which."""
    return conn.execute(
        f"""
        INSERT INTO push_subscriptions AS s (subscription_id, user_id, session_id, endpoint, p256dh, auth,
            device_name, created_at, renewed_at)
        VALUES (%(id)s, %(user_id)s, %(session_id)s, %(endpoint)s, %(p256dh)s, %(auth)s, %(device_name)s,
            %(now)s, %(now)s)
        ON CONFLICT (endpoint) DO UPDATE SET session_id = excluded.session_id, p256dh = excluded.p256dh,
            auth = excluded.auth, device_name = coalesce(excluded.device_name, s.device_name), failures = 0,
            renewed_at = excluded.renewed_at
        WHERE s.user_id = excluded.user_id
        RETURNING {_PUBLIC}, subscription_id = %(id)s AS is_new
        """,  # noqa: S608 (constants)
        {**row, "now": now},
    )


def of_user(conn: Connection, user_id: str) -> Cursor:
    return conn.execute(
        f"SELECT {_PUBLIC} FROM push_subscriptions WHERE user_id = %s ORDER BY created_at DESC",  # noqa: S608
        (user_id,),
    )


def remove(conn: Connection, user_id: str, subscription_id: str) -> Cursor:
    return conn.execute(
        "DELETE FROM push_subscriptions WHERE user_id = %s AND subscription_id = %s RETURNING 1",
        (user_id, subscription_id),
    )


def remove_of_session(conn: Connection, user_id: str, session_id: str) -> None:
    conn.execute(
        "DELETE FROM push_subscriptions WHERE user_id = %s AND session_id = %s", (user_id, session_id)
    )


def note_success(conn: Connection, subscription_id: str, now: datetime) -> None:
    conn.execute(
        "UPDATE push_subscriptions SET failures = 0, last_used_at = %s WHERE subscription_id = %s",
        (now, subscription_id),
    )


def note_failure(conn: Connection, subscription_id: str, most: int) -> None:
    """One more push that was not taken; a device with `most` of them in a row is removed."""
    conn.execute(
        "UPDATE push_subscriptions SET failures = failures + 1 WHERE subscription_id = %s", (subscription_id,)
    )
    conn.execute(
        "DELETE FROM push_subscriptions WHERE subscription_id = %s AND failures >= %s",
        (subscription_id, most),
    )


def forget(conn: Connection, subscription_id: str) -> None:
    """The service says that the browser has ended it."""
    conn.execute("DELETE FROM push_subscriptions WHERE subscription_id = %s", (subscription_id,))


def remove_old(conn: Connection, renewed_before: datetime, *, limit: int) -> int:
    gone = conn.execute(
        """
        DELETE FROM push_subscriptions WHERE subscription_id IN (
            SELECT subscription_id FROM push_subscriptions WHERE renewed_at < %s
            ORDER BY renewed_at LIMIT %s FOR UPDATE SKIP LOCKED
        ) RETURNING 1
        """,
        (renewed_before, limit),
    )
    return len(gone.fetchall())
