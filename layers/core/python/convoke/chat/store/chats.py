"""SQL of chats and of who is in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from convoke.chat.store.marks import TOLD
from convoke.chat.store.messages import COLUMNS, Connection, Row


def insert_chat(conn: Connection, chat_id: str, kind: str, now: datetime) -> None:
    conn.execute(
        """
        INSERT INTO chats (chat_id, kind, last_activity_at, created_at, updated_at)
        VALUES (%(chat)s, %(kind)s, %(now)s, %(now)s, %(now)s) ON CONFLICT (chat_id) DO NOTHING
        """,
        {"chat": chat_id, "kind": kind, "now": now},
    )


def insert_group(conn: Connection, chat_id: str, title: str, created_by: str, now: datetime) -> None:
    conn.execute(
        """
        INSERT INTO chats (chat_id, kind, title, created_by, last_activity_at, created_at, updated_at)
        VALUES (%(chat)s, 'group', %(title)s, %(by)s, %(now)s, %(now)s, %(now)s)
        """,
        {"chat": chat_id, "title": title, "by": created_by, "now": now},
    )


def group_of(conn: Connection, user_ids: Sequence[str], *, one: str) -> Row | None:
    """The group in which exactly these people are, `one` of them; of several the one last used."""
    return conn.execute(
        """
        SELECT c.chat_id::text AS id FROM chat_members mine JOIN chats c ON c.chat_id = mine.chat_id
        WHERE mine.user_id = %(one)s AND mine.left_at IS NULL AND c.kind = 'group' AND c.is_open
            AND (SELECT array_agg(m.user_id ORDER BY m.user_id) FROM chat_members m
                 WHERE m.chat_id = c.chat_id AND m.left_at IS NULL) = %(all)s::uuid[]
        ORDER BY c.last_activity_at DESC, c.chat_id DESC LIMIT 1
        """,
        {"one": one, "all": sorted(set(user_ids))},
    ).fetchone()


def insert_direct(
    conn: Connection, chat_id: str, *, maker: str, other: str, now: datetime
) -> psycopg.Cursor[Row]:
    """The chat of two people, whichever of them (or both at this moment) makes it: one row, `made` here or
    not."""
    return conn.execute(
        """
        WITH pair AS (
            SELECT least(%(maker)s::uuid, %(other)s) AS low, greatest(%(maker)s::uuid, %(other)s) AS high
        ),
        made AS (
            INSERT INTO chats (chat_id, kind, low_user, high_user, created_by, last_activity_at, created_at,
                updated_at)
            SELECT %(chat)s, 'direct', pair.low, pair.high, %(maker)s, %(now)s, %(now)s, %(now)s FROM pair
            ON CONFLICT (kind, low_user, high_user) WHERE low_user IS NOT NULL
                -- Nothing is changed, but the row of who was faster is locked and told.
                DO UPDATE SET low_user = excluded.low_user
            RETURNING chat_id
        )
        SELECT made.chat_id::text AS id, made.chat_id = %(chat)s AS made FROM made
        """,
        {"chat": chat_id, "maker": maker, "other": other, "now": now},
    )


def upsert_member(  # noqa: PLR0917 (a row)
    conn: Connection, chat_id: str, participant_id: str, user_id: str | None, display_name: str, now: datetime
) -> None:
    """A participant of a meeting. What was said before one came counts as read."""
    conn.execute(
        """
        INSERT INTO chat_members (chat_id, member_id, participant_id, user_id, display_name, joined_at,
            read_seq)
        VALUES (%(chat)s, %(participant)s, %(participant)s, %(user)s, %(name)s, %(now)s,
            coalesce((SELECT c.last_seq FROM chats c WHERE c.chat_id = %(chat)s), 0))
        ON CONFLICT (chat_id, member_id) DO UPDATE
            SET display_name = excluded.display_name, user_id = excluded.user_id, left_at = NULL
        """,
        {"chat": chat_id, "participant": participant_id, "user": user_id, "name": display_name, "now": now},
    )


def upsert_users(
    conn: Connection, chat_id: str, people: Sequence[Mapping[str, Any]], *, admin: str | None, now: datetime
) -> None:
    """Users (`user_id`, `display_name`), new or coming back; `admin` is one of them."""
    conn.execute(
        """
        INSERT INTO chat_members (chat_id, member_id, user_id, display_name, role, joined_at, read_seq)
        SELECT %(chat)s, new.id, new.id, new.name,
            CASE WHEN new.id = %(admin)s::uuid THEN 'admin' ELSE 'member' END, %(now)s,
            coalesce((SELECT c.last_seq FROM chats c WHERE c.chat_id = %(chat)s), 0)
        FROM unnest(%(ids)s::uuid[], %(names)s::text[]) AS new (id, name)
        ON CONFLICT (chat_id, member_id) DO UPDATE
            SET display_name = excluded.display_name, role = excluded.role, joined_at = excluded.joined_at,
                read_seq = excluded.read_seq, left_at = NULL
        """,
        {
            "chat": chat_id,
            "ids": [person["user_id"] for person in people],
            "names": [person["display_name"] for person in people],
            "admin": admin,
            "now": now,
        },
    )


def update_name(conn: Connection, chat_id: str, participant_id: str, display_name: str) -> None:
    conn.execute(
        "UPDATE chat_members SET display_name = %s WHERE chat_id = %s AND member_id = %s",
        (display_name, chat_id, participant_id),
    )


def update_role(conn: Connection, chat_id: str, user_id: str, role: str) -> None:
    conn.execute(
        "UPDATE chat_members SET role = %s WHERE chat_id = %s AND user_id = %s", (role, chat_id, user_id)
    )


def mark_left(conn: Connection, chat_id: str, member_id: str, now: datetime) -> None:
    conn.execute(
        """
        UPDATE chat_members SET left_at = %s, role = 'member'
        WHERE chat_id = %s AND member_id = %s AND left_at IS NULL
        """,
        (now, chat_id, member_id),
    )


def mute(conn: Connection, chat_id: str, user_id: str, until: datetime | None) -> None:
    conn.execute(
        "UPDATE chat_members SET muted_until = %s WHERE chat_id = %s AND user_id = %s",
        (until, chat_id, user_id),
    )


def update_open(conn: Connection, chat_id: str, *, is_open: bool, now: datetime) -> None:
    conn.execute(
        "UPDATE chats SET is_open = %s, updated_at = %s WHERE chat_id = %s AND is_open <> %s",
        (is_open, now, chat_id, is_open),
    )


def update_chat(conn: Connection, chat_id: str, changes: Mapping[str, Any], now: datetime) -> None:
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes
    )
    query = sql.SQL("UPDATE chats SET {}, updated_at = %(now)s WHERE chat_id = %(chat)s").format(assignments)
    conn.execute(query, {**changes, "chat": chat_id, "now": now})


def held(conn: Connection, chat_id: str) -> Row | None:
    """A chat, its row locked: whoever changes its membership does so one after the other."""
    return conn.execute(
        """
        SELECT chat_id::text AS id, kind, title, avatar_url, last_seq FROM chats
        WHERE chat_id = %s FOR NO KEY UPDATE
        """,
        (chat_id,),
    ).fetchone()


def audience(conn: Connection, chat_id: str) -> psycopg.Cursor[Row]:
    return conn.execute(
        "SELECT chat_id::text, kind, chat_user_ids(chat_id)::text[] AS users FROM chats WHERE chat_id = %s",
        (chat_id,),
    )


def own_membership(
    conn: Connection, chat_id: str, *, user_id: str | None, participant_id: str | None
) -> Row | None:
    """Whoever this is as a present member; None for everybody else. By what is asked, not by row security, so
    that the system may ask it too."""
    return conn.execute(
        """
        SELECT m.member_id::text, m.user_id::text, m.participant_id::text, m.display_name, m.role, c.kind
        FROM chat_members m JOIN chats c ON c.chat_id = m.chat_id
        WHERE m.chat_id = %(chat)s AND m.left_at IS NULL
            AND (m.user_id = %(user)s::uuid
                OR (m.member_id = %(participant)s::uuid AND m.participant_id IS NOT NULL))
        LIMIT 1
        """,
        {"chat": chat_id, "user": user_id, "participant": participant_id},
    ).fetchone()


def people(conn: Connection, chat_id: str) -> psycopg.Cursor[Row]:
    """Who is in a chat, for who is in it; a mark that the caller is not told stands at the beginning."""
    return conn.execute(
        f"""
        SELECT p.member_id::text, p.user_id::text, p.participant_id::text, p.display_name, p.username,
            p.avatar_url, p.role, p.joined_at, p.left_at,
            CASE WHEN {TOLD} THEN p.read_seq ELSE 0 END AS read_seq,
            CASE WHEN {TOLD} THEN p.read_at END AS read_at
        FROM chat_people(%(chat)s) p
        """,  # noqa: S608 (constant)
        {"chat": chat_id},
    )


def accounts(conn: Connection, user_ids: Sequence[str], *, asked_by: str) -> list[Row]:
    """Those of the accounts that are there and active, with whether either has blocked the other. As the
    system: nobody may read another's account."""
    return conn.execute(
        """
        SELECT u.user_id::text, u.display_name, app_blocked(%(me)s, u.user_id) AS blocked FROM users u
        WHERE u.user_id = ANY (%(ids)s::uuid[]) AND u.status = 'active'
        """,
        {"ids": list(user_ids), "me": asked_by},
    ).fetchall()


def summaries(
    conn: Connection,
    *,
    one: str | None = None,
    kinds: Sequence[str] = (),
    before: tuple[datetime, str] | None = None,
    limit: int = 1,
) -> psycopg.Cursor[Row]:
    """The caller's chats with their last messages, as far as the caller may see these; not fetched yet."""
    at, chat_id = before or (None, None)
    return conn.execute(
        f"""
        WITH listed AS MATERIALIZED (
            SELECT * FROM my_chats(%(one)s, %(kinds)s, %(at)s, %(chat)s, %(limit)s)
        )
        SELECT s.chat_id::text AS of_chat, s.kind, s.title, s.avatar_url, s.is_open,
            s.created_at AS chat_created_at, s.last_seq,
            s.last_activity_at, s.member_count, s.role, s.left_at, s.read_seq, s.muted_until,
            s.peer_id::text, s.peer_name, s.peer_username, s.peer_avatar_url,
            s.kind = 'direct' AND app_blocked(s.low_user, s.high_user) AS blocked, {COLUMNS}
        FROM listed s LEFT JOIN messages_of(
            (SELECT array_agg(l.chat_id ORDER BY l.chat_id) FROM listed l),
            (SELECT array_agg(l.last_message_id ORDER BY l.chat_id) FROM listed l)
        ) m ON m.chat_id = s.chat_id
        ORDER BY s.last_activity_at DESC, s.chat_id DESC
        """,  # noqa: S608 (constant)
        {"one": one, "kinds": list(kinds), "at": at, "chat": chat_id, "limit": limit},
    )
