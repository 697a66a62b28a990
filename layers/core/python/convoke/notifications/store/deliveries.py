"""SQL of the table notification_deliveries: who may send what now, and what has become of it."""

from collections.abc import Sequence
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from convoke.notifications.model.notification import MAX_UNREAD

Connection = psycopg.Connection[DictRow]
Cursor = psycopg.Cursor[DictRow]


def due(conn: Connection, notification_ids: Sequence[str], now: datetime) -> Cursor:
    """What these notifications still owe, oldest first."""
    return conn.execute(
        """
        SELECT d.delivery_id::text AS id, d.notification_id::text AS notification_id
        FROM notification_deliveries d
        WHERE d.notification_id = ANY (%s::uuid[]) AND d.status = 'pending' AND d.next_attempt_at <= %s
        ORDER BY d.next_attempt_at, d.delivery_id
        """,
        (list(notification_ids), now),
    )


def lock(conn: Connection, delivery_id: str, now: datetime) -> Cursor:
    """A delivery that is due, with all that decides about it; none when another job has it or has done it."""
    return conn.execute(
        f"""
        SELECT d.delivery_id::text AS delivery_id, d.channel, d.attempts, d.revision AS delivery_revision,
            n.notification_id::text AS id, n.type, n.subject, n.title, n.message, n.data, n.action_url,
            n.revision, n.expires_at, n.created_at, n.read_at,
            u.user_id::text AS user_id, u.email, u.display_name, u.timezone, u.status,
            u.notification_preferences,
            s.subscription_id::text AS subscription_id, s.endpoint, s.p256dh, s.auth,
            (SELECT count(*) FROM (
                SELECT FROM notifications o WHERE o.user_id = n.user_id AND o.in_app AND o.read_at IS NULL
                LIMIT {MAX_UNREAD}) counted)::integer AS unread
        FROM notification_deliveries d
        JOIN notifications n USING (notification_id)
        JOIN users u USING (user_id)
        LEFT JOIN push_subscriptions s USING (subscription_id)
        WHERE d.delivery_id = %s AND d.status = 'pending' AND d.next_attempt_at <= %s
        FOR UPDATE OF d SKIP LOCKED
        """,  # noqa: S608 (constants)
        (delivery_id, now),
    )


def claim(conn: Connection, delivery_id: str, now: datetime) -> None:
    """From the commit on it is this job's alone to send, for ever."""
    conn.execute(
        """
        UPDATE notification_deliveries SET status = 'sending', attempts = attempts + 1, changed_at = %s
        WHERE delivery_id = %s
        """,
        (now, delivery_id),
    )


def conclude(conn: Connection, delivery_id: str, status: str, reason: str | None, now: datetime) -> None:
    """`status`: sent, failed or suppressed."""
    conn.execute(
        "UPDATE notification_deliveries SET status = %s, reason = %s, changed_at = %s WHERE delivery_id = %s",
        (status, reason, now, delivery_id),
    )


def postpone(conn: Connection, delivery_id: str, until: datetime, reason: str | None, now: datetime) -> None:
    """Not sent, surely; it is due again at `until`."""
    conn.execute(
        """
        UPDATE notification_deliveries
        SET status = 'pending', next_attempt_at = %s, reason = %s, changed_at = %s WHERE delivery_id = %s
        """,
        (until, reason, now, delivery_id),
    )


def give_up_interrupted(conn: Connection, claimed_before: datetime, now: datetime) -> Cursor:
    """Whose job has died while it sent: perhaps they went out, so they are not sent again."""
    return conn.execute(
        """
        UPDATE notification_deliveries SET status = 'failed', reason = 'interrupted', changed_at = %s
        WHERE delivery_id IN (
            SELECT delivery_id FROM notification_deliveries
            WHERE status = 'sending' AND changed_at < %s LIMIT 1000 FOR UPDATE SKIP LOCKED
        ) RETURNING 1
        """,
        (now, claimed_before),
    )


def take_late(conn: Connection, due_before: datetime, limit: int, now: datetime) -> Cursor:
    """Notifications with deliveries that are late; these are due now, so that they are late again only when
    nobody comes for them."""
    return conn.execute(
        """
        WITH late AS (
            UPDATE notification_deliveries SET next_attempt_at = %s
            WHERE delivery_id IN (
                SELECT delivery_id FROM notification_deliveries
                WHERE status = 'pending' AND next_attempt_at < %s
                ORDER BY next_attempt_at LIMIT %s FOR UPDATE SKIP LOCKED
            ) RETURNING notification_id
        )
        SELECT DISTINCT notification_id::text AS id FROM late
        """,
        (now, due_before, limit),
    )
