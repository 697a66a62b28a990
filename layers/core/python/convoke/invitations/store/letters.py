"""SQL of the table invitation_mails: what is to be told by letter, and that it was."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import DictRow

from convoke.ids import new_id
from convoke.invitations.store.invitations import COLUMNS

Conn = psycopg.Connection[DictRow]
Rows = psycopg.Cursor[DictRow]


def put(conn: Conn, invitation_id: str, kind: str, key: str, now: datetime) -> None:
    """Each of a kind and key once, whoever asks how often."""
    conn.execute(
        """
        INSERT INTO invitation_mails (mail_id, invitation_id, kind, key, created_at, due_at)
        SELECT %s, i.invitation_id, %s, %s, %s, %s FROM invitations i WHERE i.invitation_id = %s
        ON CONFLICT DO NOTHING
        """,
        (new_id(now), kind, key, now, now, invitation_id),
    )


def plan_changes(conn: Conn, *, now: datetime, since: datetime, settled: datetime) -> Rows:
    """A letter to everybody whose meeting has changed since the last one: several changes make one.

    Only changes older than `settled`: who moves a meeting often moves it twice. Nobody who has blocked the
    inviter, or was blocked. Returns whom to tell.
    """
    return conn.execute(
        """
        INSERT INTO invitation_mails AS o (mail_id, invitation_id, kind, key, created_at, due_at)
        SELECT gen_random_uuid(), i.invitation_id,
               CASE WHEN m.status = 'cancelled' THEN 'cancellation' ELSE 'update' END,
               m.calendar_sequence::text, %(now)s, %(now)s
        FROM meetings m JOIN invitations i ON i.meeting_id = m.meeting_id
        WHERE m.calendar_changed_at > %(since)s AND m.calendar_changed_at <= %(settled)s
          AND i.kind IN ('user', 'email') AND i.status IN ('pending', 'accepted')
          AND i.sent_at < m.calendar_changed_at AND NOT app_blocked(i.inviter_user_id, i.user_id)
        ON CONFLICT DO NOTHING RETURNING o.invitation_id::text AS invitation_id, o.kind, o.key
        """,
        {"now": now, "since": since, "settled": settled},
    )


def plan_reminders(conn: Conn, meeting_ids: Sequence[str], starts: Sequence[datetime], now: datetime) -> Rows:
    """A letter to those whom only letters reach; of all invited, who they are."""
    return conn.execute(
        """
        WITH due AS (
            SELECT * FROM unnest(%(meetings)s::uuid[], %(starts)s::timestamptz[]) AS d (meeting_id, start)),
        invited AS (SELECT i.invitation_id, i.meeting_id, i.user_id, i.kind, d.start
                    FROM due d JOIN invitations i ON i.meeting_id = d.meeting_id
                    WHERE i.kind IN ('user', 'email') AND i.status IN ('pending', 'accepted')
                      AND NOT app_blocked(i.inviter_user_id, i.user_id)),
        letters AS (
            INSERT INTO invitation_mails (mail_id, invitation_id, kind, key, created_at, due_at)
            SELECT gen_random_uuid(), v.invitation_id, 'reminder',
                   to_char(v.start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), %(now)s, %(now)s
            FROM invited v WHERE v.user_id IS NULL ON CONFLICT DO NOTHING)
        SELECT meeting_id::text AS meeting_id, user_id::text AS user_id FROM invited WHERE user_id IS NOT NULL
        """,
        {"meetings": list(meeting_ids), "starts": list(starts), "now": now},
    )


def claim(conn: Conn, *, now: datetime, again_at: datetime, limit: int) -> Rows:
    """Letters that are due, for whoever asks first. One whose sender dies is due again at `again_at`.

    `unwanted`: whoever it would go to, by account or by the address of one, and its inviter have parted.
    """
    return conn.execute(
        f"""
        WITH mine AS (
            SELECT mail_id FROM invitation_mails
            WHERE sent_at IS NULL AND failed_at IS NULL AND due_at <= %(now)s
            ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
        claimed AS (
            UPDATE invitation_mails o SET due_at = %(again_at)s, attempts = o.attempts + 1
            FROM mine WHERE o.mail_id = mine.mail_id
            RETURNING o.mail_id::text AS mail_id, o.kind AS letter, o.key, o.attempts, o.invitation_id)
        SELECT c.mail_id, c.letter, c.key, c.attempts, {COLUMNS}, u.email AS user_email,
               u.timezone AS user_timezone, u.display_name AS user_name, n.display_name AS inviter_name,
               EXISTS (SELECT FROM users a WHERE (a.user_id = i.user_id OR a.email = i.email)
                       AND app_blocked(i.inviter_user_id, a.user_id)) AS unwanted
        FROM claimed c JOIN invitations i ON i.invitation_id = c.invitation_id
        LEFT JOIN users u ON u.user_id = i.user_id AND u.status = 'active'
        LEFT JOIN users n ON n.user_id = i.inviter_user_id
        """,  # noqa: S608 (constant)
        {"now": now, "again_at": again_at, "limit": limit},
    )


def sent(conn: Conn, mail_id: str, invitation_id: str, kind: str, now: datetime) -> None:
    """It is on its way, or not wanted by letter. Of an invitation: its meeting's later changes are told."""
    conn.execute("UPDATE invitation_mails SET sent_at = %s WHERE mail_id = %s", (now, mail_id))
    if kind != "reminder":
        conn.execute("UPDATE invitations SET sent_at = %s WHERE invitation_id = %s", (now, invitation_id))


def failed(conn: Conn, mail_id: str, reason: str, now: datetime) -> None:
    conn.execute(
        "UPDATE invitation_mails SET failed_at = %s, failure = %s WHERE mail_id = %s",
        (now, reason[:500], mail_id),
    )


def later(conn: Conn, mail_id: str, reason: str, due_at: datetime) -> None:
    conn.execute(
        "UPDATE invitation_mails SET due_at = %s, failure = %s WHERE mail_id = %s",
        (due_at, reason[:500], mail_id),
    )


def forget_old(conn: Conn, now: datetime, *, limit: int) -> int:
    """Letters that are dealt with for long; how many, at most `limit`."""
    gone = conn.execute(
        """
        DELETE FROM invitation_mails WHERE mail_id IN (
            SELECT mail_id FROM invitation_mails
            WHERE (sent_at IS NOT NULL OR failed_at IS NOT NULL) AND created_at < %s
            ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
        ) RETURNING 1
        """,
        (now - timedelta(days=60), limit),
    )
    return len(gone.fetchall())
