"""SQL of the table notifications, and of what accounts say about it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from convoke.notifications.model.notification import MAX_UNREAD

Connection = psycopg.Connection[DictRow]
Cursor = psycopg.Cursor[DictRow]

_PUBLIC = """
    n.notification_id::text AS id, n.type, n.title, n.message, n.data, n.action_url, n.subject,
    n.created_at, n.read_at"""

# Runs as the system: the reader's wishes and devices are no business of who has made it happen.
# `revision` decides whether an event that was told before has more to say.
_TELL = f"""
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%(items)s)
        AS g (user_id uuid, id uuid, event_key text, title text, message text, data jsonb, revision bigint)
), wanted AS (
    SELECT g.*, w.in_app, w.email, w.push FROM given g
    JOIN users u ON u.user_id = g.user_id AND u.status = 'active'
    CROSS JOIN LATERAL (SELECT u.notification_preferences #> %(path)s AS chosen) c
    CROSS JOIN LATERAL (
        SELECT %(may_in_app)s AND coalesce((c.chosen ->> 'in_app')::boolean, %(in_app)s) AS in_app,
               %(may_email)s AND coalesce((c.chosen ->> 'email')::boolean, %(email)s) AS email,
               %(may_push)s AND coalesce((c.chosen ->> 'push')::boolean, %(push)s)
                   AND EXISTS (SELECT FROM push_subscriptions s WHERE s.user_id = g.user_id) AS push
    ) w
    WHERE w.in_app OR w.email OR w.push
), told AS (
    INSERT INTO notifications AS n (notification_id, user_id, event_key, type, subject, title, message, data,
        action_url, revision, in_app, expires_at, created_at)
    SELECT id, user_id, event_key, %(type)s, %(subject)s, title, message, data,
        %(action_url)s, revision, in_app, %(expires_at)s, %(now)s
    FROM wanted ORDER BY user_id
    ON CONFLICT (user_id, event_key) DO UPDATE
    SET title = excluded.title, message = excluded.message, data = excluded.data,
        revision = excluded.revision, in_app = excluded.in_app, expires_at = excluded.expires_at,
        created_at = excluded.created_at, read_at = NULL
    WHERE n.revision < excluded.revision
    RETURNING n.*
), mailed AS (
    INSERT INTO notification_deliveries (delivery_id, notification_id, channel, revision,
        next_attempt_at, changed_at)
    SELECT gen_random_uuid(), t.notification_id, 'email', t.revision, %(now)s, %(now)s
    FROM told t JOIN wanted w USING (user_id) WHERE w.email
    RETURNING notification_id
), pushed AS (
    INSERT INTO notification_deliveries (delivery_id, notification_id, channel, subscription_id, revision,
        next_attempt_at, changed_at)
    SELECT gen_random_uuid(), t.notification_id, 'push', s.subscription_id, t.revision, %(now)s, %(now)s
    FROM told t JOIN wanted w USING (user_id) JOIN push_subscriptions s USING (user_id) WHERE w.push
    RETURNING notification_id
)
SELECT {_PUBLIC}, n.user_id::text AS user_id, n.in_app,
    n.notification_id IN (
        SELECT notification_id FROM mailed UNION ALL SELECT notification_id FROM pushed) AS goes_out
FROM told n ORDER BY n.user_id
"""  # noqa: S608 (constants)

_COUNT = f"""
    (SELECT count(*) FROM (
        SELECT FROM notifications o WHERE o.user_id = app_user_id() AND o.in_app AND o.read_at IS NULL
        LIMIT {MAX_UNREAD}) counted)::integer AS unread"""  # noqa: S608 (constants)


@contextmanager
def as_system(conn: Connection) -> Iterator[None]:
    """Statements that speak for the product amidst somebody's transaction; what follows speaks for them."""
    conn.execute(
        "SELECT set_config('app.role_before', current_setting('app.role'), true),"
        " set_config('app.role', 'system', true)"
    )
    yield
    conn.execute("SELECT set_config('app.role', current_setting('app.role_before'), true)")


def tell(conn: Connection, items: Sequence[Mapping[str, Any]], event: Mapping[str, Any]) -> Cursor:
    """The notifications that are new, or say more than before, each with whether it also goes out."""
    with as_system(conn):
        return conn.execute(_TELL, {**event, "items": Jsonb([dict(item) for item in items])})


def as_told(conn: Connection, notification_ids: Sequence[str]) -> Cursor:
    """Rows as `tell` answers them, for who announces them later; as the system."""
    return conn.execute(
        f"""
        SELECT {_PUBLIC}, n.user_id::text AS user_id, n.in_app
        FROM notifications n WHERE n.notification_id = ANY (%s::uuid[]) ORDER BY n.notification_id
        """,  # noqa: S608 (constants)
        (list(notification_ids),),
    )


def unread_of(conn: Connection, user_ids: Sequence[str]) -> Cursor:
    """How many each of these people has not read; as the system."""
    return conn.execute(
        f"""
        SELECT u.user_id::text AS user_id, (SELECT count(*) FROM (
            SELECT FROM notifications o WHERE o.user_id = u.user_id AND o.in_app AND o.read_at IS NULL
            LIMIT {MAX_UNREAD}) counted)::integer AS unread
        FROM unnest(%s::uuid[]) AS u (user_id)
        """,  # noqa: S608 (constants)
        (list(user_ids),),
    )


def page(
    conn: Connection,
    user_id: str,
    *,
    unread: bool | None,
    kind: str | None,
    beyond: tuple[datetime, str] | None,
    limit: int,
) -> Cursor:
    """The caller's, newest first, each with how many are unread; one row without an id when there is none."""
    when, last = beyond or (None, None)
    return conn.execute(
        f"""
        SELECT counted.unread, found.* FROM (SELECT {_COUNT}) counted LEFT JOIN LATERAL (
            SELECT {_PUBLIC} FROM notifications n
            WHERE n.user_id = %(user_id)s AND n.in_app
              AND (%(unread)s::boolean IS NULL OR (n.read_at IS NULL) = %(unread)s)
              AND (%(kind)s::text IS NULL OR n.type = %(kind)s)
              AND (%(when)s::timestamptz IS NULL
                   OR (n.created_at, n.notification_id) < (%(when)s, %(last)s::uuid))
            ORDER BY n.created_at DESC, n.notification_id DESC LIMIT %(limit)s
        ) found ON true
        """,  # noqa: S608 (constants)
        {"user_id": user_id, "unread": unread, "kind": kind, "when": when, "last": last, "limit": limit},
    )


def count(conn: Connection) -> Cursor:
    return conn.execute(f"SELECT {_COUNT}")


def mark_read(conn: Connection, user_id: str, notification_id: str, now: datetime) -> Cursor:
    """One row when there is such a notification: `was` tells when it was read before, if it was."""
    return conn.execute(
        """
        UPDATE notifications n SET read_at = coalesce(n.read_at, %(now)s)
        FROM (SELECT read_at AS was FROM notifications WHERE notification_id = %(id)s FOR UPDATE) before
        WHERE n.notification_id = %(id)s AND n.user_id = %(user_id)s AND n.in_app RETURNING was
        """,
        {"id": notification_id, "user_id": user_id, "now": now},
    )


def mark_all_read(conn: Connection, user_id: str, until: datetime, now: datetime) -> None:
    """Rows are locked by id, as in `settle`: nobody waits in a circle."""
    conn.execute(
        """
        WITH unread AS (
            SELECT notification_id FROM notifications
            WHERE user_id = %(user_id)s AND in_app AND read_at IS NULL AND created_at <= %(until)s
            ORDER BY notification_id FOR NO KEY UPDATE
        )
        UPDATE notifications n SET read_at = %(now)s
        FROM unread WHERE n.notification_id = unread.notification_id
        """,
        {"user_id": user_id, "until": until, "now": now},
    )


def take_off(conn: Connection, user_id: str, notification_id: str, now: datetime) -> Cursor:
    return conn.execute(
        """
        UPDATE notifications SET in_app = false, read_at = coalesce(read_at, %s)
        WHERE user_id = %s AND notification_id = %s AND in_app RETURNING 1
        """,
        (now, user_id, notification_id),
    )


def settle(conn: Connection, user_ids: Sequence[str], subject: str, now: datetime) -> Cursor:
    """Mark what is about `subject` as read, also what is shown on devices only: a row for each reader."""
    with as_system(conn):
        return conn.execute(
            """
            WITH unread AS (
                SELECT notification_id FROM notifications
                WHERE user_id = ANY (%(user_ids)s::uuid[]) AND subject = %(subject)s AND read_at IS NULL
                ORDER BY notification_id FOR NO KEY UPDATE
            ), settled AS (
                UPDATE notifications n SET read_at = %(now)s
                FROM unread WHERE n.notification_id = unread.notification_id
                RETURNING n.notification_id, n.user_id
            )
            SELECT s.user_id::text AS user_id, array_agg(s.notification_id::text) AS ids
            FROM settled s GROUP BY s.user_id ORDER BY s.user_id
            """,
            {"user_ids": list(user_ids), "subject": subject, "now": now},
        )


def wanting(conn: Connection, user_ids: Sequence[str], kind: str, channel: str, *, usual: bool) -> Cursor:
    """Those active accounts that want this type by this way."""
    with as_system(conn):
        return conn.execute(
            """
            SELECT user_id::text AS user_id FROM users
            WHERE user_id = ANY (%(user_ids)s::uuid[]) AND status = 'active'
              AND coalesce((notification_preferences #>> %(path)s)::boolean, %(usual)s)
            """,
            {"user_ids": list(user_ids), "path": ["channels", kind, channel], "usual": usual},
        )


def wishes(conn: Connection, user_id: str, *, lock: bool = False) -> Cursor:
    """What an account says about being told, and the time zone by which it says it; `lock`: held until the
    commit, for who changes a part of it."""
    found = "SELECT notification_preferences, timezone FROM users WHERE user_id = %s AND status <> 'deleted'"
    return conn.execute(found + (" FOR NO KEY UPDATE" if lock else ""), (user_id,))


def keep_wishes(conn: Connection, user_id: str, preferences: Mapping[str, Any], now: datetime) -> Cursor:
    return conn.execute(
        """
        UPDATE users SET notification_preferences = %s, updated_at = %s
        WHERE user_id = %s AND status <> 'deleted' RETURNING timezone
        """,
        (Jsonb(dict(preferences)), now, user_id),
    )


def remove_old(conn: Connection, *, read_before: datetime, told_before: datetime, limit: int) -> int:
    """Remove what was read, or is in no list, for long; and what nobody has read for much longer. So many of
    each, each by an index of its own: what stays is not looked at."""
    dealt_with = conn.execute(
        """
        DELETE FROM notifications WHERE notification_id IN (
            SELECT notification_id FROM notifications
            WHERE coalesce(read_at, created_at) < %s AND (read_at IS NOT NULL OR NOT in_app)
            ORDER BY coalesce(read_at, created_at) LIMIT %s FOR UPDATE SKIP LOCKED
        ) RETURNING 1
        """,
        (read_before, limit),
    )
    unread = conn.execute(
        """
        DELETE FROM notifications WHERE notification_id IN (
            SELECT notification_id FROM notifications WHERE created_at < %s AND read_at IS NULL AND in_app
            ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
        ) RETURNING 1
        """,
        (told_before, limit),
    )
    return len(dealt_with.fetchall()) + len(unread.fetchall())
