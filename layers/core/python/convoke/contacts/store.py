"""SQL of contacts, blocks and people's cards. Functions that return a cursor leave the fetch to who asks."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

Connection = psycopg.Connection[DictRow]
Cursor = psycopg.Cursor[DictRow]


def hold_list(conn: Connection, user_id: str) -> None:
    """Who adds at two devices at once adds one after the other: the limit is counted each time."""
    conn.execute("SELECT 1 FROM users WHERE user_id = %s FOR NO KEY UPDATE", (user_id,))


def add_contact(
    conn: Connection, user_id: str, reference: str, alias: str | None, *, most: int, now: datetime
) -> DictRow | None:
    """Who was meant (None: nobody) and their place in the list; `created_at` is null when it is full."""
    return conn.execute(
        """
        WITH person AS (SELECT * FROM find_person(%(reference)s)),
        added AS (
            INSERT INTO contacts (user_id, contact_user_id, alias, created_at)
            SELECT %(user)s, person.user_id, %(alias)s, %(now)s FROM person
            WHERE person.user_id <> %(user)s AND (
                (SELECT count(*) FROM contacts c WHERE c.user_id = %(user)s) < %(most)s
                OR EXISTS (SELECT 1 FROM contacts c
                           WHERE c.user_id = %(user)s AND c.contact_user_id = person.user_id))
            ON CONFLICT (user_id, contact_user_id)
                DO UPDATE SET alias = coalesce(excluded.alias, contacts.alias)
            RETURNING contact_user_id, alias, created_at, xmax = 0 AS is_new
        )
        SELECT person.user_id::text, person.display_name, person.username, person.avatar_url,
            added.alias, added.created_at, added.is_new,
            EXISTS (SELECT 1 FROM blocks b
                    WHERE b.user_id = %(user)s AND b.blocked_user_id = person.user_id) AS blocked
        FROM person LEFT JOIN added ON true
        """,
        {"user": user_id, "reference": reference, "alias": alias, "most": most, "now": now},
    ).fetchone()


def set_alias(conn: Connection, user_id: str, contact_user_id: str, alias: str | None) -> None:
    conn.execute(
        "UPDATE contacts SET alias = %s WHERE user_id = %s AND contact_user_id = %s",
        (alias, user_id, contact_user_id),
    )


def remove_contact(conn: Connection, user_id: str, contact_user_id: str) -> Cursor:
    return conn.execute(
        "DELETE FROM contacts WHERE user_id = %s AND contact_user_id = %s RETURNING 1",
        (user_id, contact_user_id),
    )


def contact(conn: Connection, user_id: str, contact_user_id: str) -> Cursor:
    return conn.execute(
        """
        SELECT p.user_id::text, p.display_name, p.username, p.avatar_url, c.alias, c.created_at,
            EXISTS (SELECT 1 FROM blocks b
                    WHERE b.user_id = c.user_id AND b.blocked_user_id = c.contact_user_id) AS blocked
        FROM contacts c CROSS JOIN LATERAL person_cards(ARRAY[c.contact_user_id]) p
        WHERE c.user_id = %s AND c.contact_user_id = %s
        """,
        (user_id, contact_user_id),
    )


def list_contacts(conn: Connection, user_id: str, *, after: tuple[str, str] | None, limit: int) -> Cursor:
    """By the name they are known under; `place` is what a cursor is made of."""
    name, beyond = after or (None, None)
    return conn.execute(
        """
        SELECT found.* FROM (
            SELECT p.user_id::text, p.display_name, p.username, p.avatar_url, c.alias, c.created_at,
                b.user_id IS NOT NULL AS blocked, lower(coalesce(c.alias, p.display_name)) AS place
            FROM contacts c
            JOIN person_cards(ARRAY(SELECT contact_user_id FROM contacts WHERE user_id = %(user)s)) p
                ON p.user_id = c.contact_user_id
            LEFT JOIN blocks b ON b.user_id = c.user_id AND b.blocked_user_id = c.contact_user_id
            WHERE c.user_id = %(user)s
        ) found
        WHERE %(name)s::text IS NULL OR (place, user_id) > (%(name)s, %(beyond)s)
        ORDER BY place, user_id LIMIT %(limit)s
        """,
        {"user": user_id, "name": name, "beyond": beyond, "limit": limit},
    )


def find_person(conn: Connection, reference: str) -> Cursor:
    return conn.execute(
        "SELECT user_id::text, display_name, username, avatar_url FROM find_person(%s)", (reference,)
    )


def search_people(conn: Connection, beginning: str, limit: int) -> Cursor:
    return conn.execute(
        "SELECT user_id::text, display_name, username, avatar_url FROM search_people(%s, %s)",
        (beginning, limit),
    )


def cards(conn: Connection, user_ids: Iterable[str]) -> Cursor:
    return conn.execute(
        "SELECT user_id::text, display_name, username, avatar_url FROM person_cards(%s::uuid[])",
        (list(user_ids),),
    )


def presence_shown(conn: Connection, viewers: Sequence[str], owners: Sequence[str]) -> Cursor:
    return conn.execute(
        """
        SELECT viewer::text, owner::text, last_seen_at FROM presence_shown(%s::uuid[], %s::uuid[])
        """,
        (list(viewers), list(owners)),
    )


def add_block(conn: Connection, user_id: str, blocked_user_id: str, *, most: int, now: datetime) -> Cursor:
    """No row where it was there, or is no room. Raises ForeignKeyViolation (at the fetch) for no user."""
    return conn.execute(
        """
        INSERT INTO blocks (user_id, blocked_user_id, created_at)
        SELECT %(user)s, %(blocked)s, %(now)s
        WHERE (SELECT count(*) FROM blocks WHERE user_id = %(user)s) < %(most)s
        ON CONFLICT DO NOTHING RETURNING 1
        """,
        {"user": user_id, "blocked": blocked_user_id, "now": now, "most": most},
    )


def remove_block(conn: Connection, user_id: str, blocked_user_id: str) -> Cursor:
    return conn.execute(
        "DELETE FROM blocks WHERE user_id = %s AND blocked_user_id = %s RETURNING 1",
        (user_id, blocked_user_id),
    )


def block(conn: Connection, user_id: str, blocked_user_id: str) -> Cursor:
    return conn.execute(
        """
        SELECT p.user_id::text, p.display_name, p.username, p.avatar_url, b.created_at
        FROM blocks b CROSS JOIN LATERAL person_cards(ARRAY[b.blocked_user_id]) p
        WHERE b.user_id = %s AND b.blocked_user_id = %s
        """,
        (user_id, blocked_user_id),
    )


def list_blocks(conn: Connection, user_id: str, *, after: tuple[str, str] | None, limit: int) -> Cursor:
    name, beyond = after or (None, None)
    return conn.execute(
        """
        SELECT found.* FROM (
            SELECT p.user_id::text, p.display_name, p.username, p.avatar_url, b.created_at,
                lower(p.display_name) AS place
            FROM blocks b
            JOIN person_cards(ARRAY(SELECT blocked_user_id FROM blocks WHERE user_id = %(user)s)) p
                ON p.user_id = b.blocked_user_id
            WHERE b.user_id = %(user)s
        ) found
        WHERE %(name)s::text IS NULL OR (place, user_id) > (%(name)s, %(beyond)s)
        ORDER BY place, user_id LIMIT %(limit)s
        """,
        {"user": user_id, "name": name, "beyond": beyond, "limit": limit},
    )
