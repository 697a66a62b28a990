"""SQL of what was read, and of what was not."""

from collections.abc import Sequence
from datetime import datetime

import psycopg

from convoke.chat.model import MENTIONS_MOST
from convoke.chat.store.messages import Connection, Row

# Of people `p` of a chat those whose marks the caller is told: in the chat of two only oneself, once one of
# them has blocked the other. Not even what was read before: when that goes away would tell as much.
TOLD = """(p.user_id = app_user_id() OR NOT EXISTS (
    SELECT FROM chats two WHERE two.chat_id = %(chat)s AND two.kind = 'direct'
        AND app_blocked(two.low_user, two.high_user)))"""


def move(
    conn: Connection,
    chat_id: str,
    seq: int,
    *,
    user_id: str | None,
    participant_id: str | None,
    now: datetime,
) -> psycopg.Cursor[Row]:
    """Put the caller's mark to `seq` if that is forward; a row when it was. Not beyond what the chat has."""
    return conn.execute(
        """
        UPDATE chat_members m SET read_seq = least(%(seq)s, c.last_seq), read_at = %(now)s
        FROM chats c
        WHERE m.chat_id = %(chat)s AND c.chat_id = m.chat_id AND m.left_at IS NULL
            AND (m.user_id = %(user)s::uuid
                OR (m.member_id = %(participant)s::uuid AND m.participant_id IS NOT NULL))
            AND m.read_seq < least(%(seq)s, c.last_seq)
        RETURNING 1
        """,
        {"chat": chat_id, "seq": seq, "user": user_id, "participant": participant_id, "now": now},
    )


def own(
    conn: Connection, chat_id: str, *, user_id: str | None, participant_id: str | None
) -> psycopg.Cursor[Row]:
    """The caller's mark in a chat, and who may be told of it; no row for who is not in."""
    return conn.execute(
        """
        SELECT c.chat_id::text, c.kind, m.member_id::text, m.read_seq, m.read_at,
            CASE WHEN c.kind = 'meeting' THEN '{}'
                WHEN c.kind = 'direct' AND app_blocked(c.low_user, c.high_user) THEN ARRAY[m.user_id]::text[]
                ELSE chat_user_ids(c.chat_id)::text[] END AS users
        FROM chats c JOIN chat_members m ON m.chat_id = c.chat_id
        WHERE c.chat_id = %(chat)s AND m.left_at IS NULL
            AND (m.user_id = %(user)s::uuid
                OR (m.member_id = %(participant)s::uuid AND m.participant_id IS NOT NULL))
        LIMIT 1
        """,
        {"chat": chat_id, "user": user_id, "participant": participant_id},
    )


def latest(conn: Connection, chat_id: str, limit: int) -> psycopg.Cursor[Row]:
    """Where people have read to, who moved last first."""
    return conn.execute(
        f"""
        SELECT p.member_id::text, p.read_seq, p.read_at FROM chat_people(%(chat)s) p
        WHERE p.read_at IS NOT NULL AND {TOLD} ORDER BY p.read_at DESC, p.member_id LIMIT %(limit)s
        """,  # noqa: S608 (constant)
        {"chat": chat_id, "limit": limit},
    )


def readers(conn: Connection, chat_id: str, message_id: str) -> psycopg.Cursor[Row]:
    """Who has read a message that the caller can see. One row at least, `member_id` null where nobody has;
    no row: no such message. Neither its sender nor, of a private one, anybody but its recipient, nor, of one
    in a breakout room, who cannot read it."""
    return conn.execute(
        f"""
        SELECT p.member_id::text, p.user_id::text, p.participant_id::text, p.display_name, p.avatar_url,
            p.read_at
        FROM messages m LEFT JOIN chat_people(%(chat)s) p
            ON p.read_seq >= m.seq AND p.member_id IS DISTINCT FROM m.sender_id AND {TOLD}
            AND (m.recipient_participant_id IS NULL OR p.member_id = m.recipient_participant_id)
            AND (m.breakout_id IS NULL OR EXISTS (
                SELECT 1 FROM chat_breakout_members b
                WHERE b.chat_id = %(chat)s AND b.breakout_id = m.breakout_id AND b.member_id = p.member_id
                    AND coalesce(b.left_at, 'infinity') >= greatest(m.created_at, m.edited_at)))
        WHERE m.chat_id = %(chat)s AND m.message_id = %(message)s ORDER BY p.read_at, p.member_id
        """,  # noqa: S608 (constant)
        {"chat": chat_id, "message": message_id},
    )


def unread(conn: Connection, chat_ids: Sequence[str], most: int) -> psycopg.Cursor[Row]:
    """How much the caller has not read, with the chat's number and the mark for which that holds."""
    return conn.execute(
        "SELECT chat_id::text, last_seq, read_seq, unread FROM my_unread(%s::uuid[], %s)",
        (list(chat_ids), most),
    )


def missed(conn: Connection, chat_id: str, most: int, now: datetime) -> list[Row]:
    """For each present user with unread messages: how many, the newest, and whether one of them calls them
    by name, as its sender chose (`mentions`) or by `@username`. As the system.

    Of the chat's newest `most`, each read through for names once and not for each of a thousand members; what
    was written by those whom a member has blocked is nothing to tell that one.
    """
    return conn.execute(
        r"""
        WITH said AS MATERIALIZED (
            SELECT x.seq, x.sender_id, x.sender_user_id, x.recipient_participant_id, x.recipient_user_id,
                x.mentions, x.content
            FROM messages x
            WHERE x.chat_id = %(chat)s AND x.type <> 'system' AND x.deleted_at IS NULL AND x.seq > (
                SELECT min(o.read_seq) FROM chat_members o WHERE o.chat_id = %(chat)s AND o.left_at IS NULL)
            ORDER BY x.seq DESC LIMIT %(most)s
        ), names AS MATERIALIZED (
            SELECT DISTINCT s.seq, s.sender_user_id, rtrim(lower(called.found[1]), '.') AS name
            FROM said s CROSS JOIN LATERAL (
                SELECT regexp_matches(
                    s.content, '(?:^|[^[:alnum:]_.@-])@([[:alnum:]_.-]+)', 'g') AS found
                LIMIT %(names)s
            ) called
        ), present AS MATERIALIZED (
            SELECT m.*, u.username FROM chat_members m JOIN users u ON u.user_id = m.user_id
            WHERE m.chat_id = %(chat)s AND m.left_at IS NULL
        ), called AS MATERIALIZED (
            SELECT p.user_id, max(n.seq) AS latest FROM names n JOIN present p ON p.username = n.name
            WHERE n.sender_user_id IS DISTINCT FROM p.user_id AND NOT EXISTS (
                SELECT FROM blocks b WHERE b.user_id = p.user_id AND b.blocked_user_id = n.sender_user_id)
            GROUP BY p.user_id
        )
        SELECT m.user_id::text, found.unread, m.read_seq, c.last_seq,
            coalesce(m.muted_until > %(now)s, false) AS muted,
            found.chosen OR coalesce(called.latest > m.read_seq, false) AS mentioned,
            CASE WHEN c.kind <> 'direct' THEN c.title END AS chat_title,
            newest.sender_name, newest.content, newest.type, newest.message_id::text
        FROM chats c
        CROSS JOIN present m
        LEFT JOIN called USING (user_id)
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT b.blocked_user_id FROM blocks b WHERE b.user_id = m.user_id
                         AND b.blocked_user_id IN (SELECT s.sender_user_id FROM said s)) AS whom
        ) blocked
        CROSS JOIN LATERAL (
            SELECT count(*) AS unread, max(s.seq) AS newest,
                coalesce(bool_or(m.member_id = ANY (s.mentions)), false) AS chosen
            FROM said s
            WHERE s.seq > m.read_seq AND s.sender_id IS DISTINCT FROM m.member_id
                AND (s.sender_user_id = ANY (blocked.whom)) IS NOT TRUE
                AND (s.recipient_participant_id IS NULL OR s.recipient_participant_id = m.member_id
                     OR s.recipient_user_id = m.user_id)
        ) found
        JOIN messages newest ON newest.chat_id = c.chat_id AND newest.seq = found.newest
        WHERE c.chat_id = %(chat)s AND c.kind <> 'meeting' AND found.unread > 0
        """,
        {"chat": chat_id, "most": most, "names": MENTIONS_MOST, "now": now},
    ).fetchall()
