"""SQL of files."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

from convoke.files.model import File, FileRef

Row = dict[str, Any]
Connection = psycopg.Connection[Row]
Cursor = psycopg.Cursor[Row]

_COLUMNS = """
    f.file_id::text AS id, f.owner_id::text, f.purpose, f.name, f.size, f.content_type, f.kind, f.status,
    f.reason, f.width, f.height, f.has_thumbnail, f.chat_id::text, f.message_id::text, f.created_at
"""


def used_since(conn: Connection, owner_id: str, since: datetime) -> int:
    row = conn.execute(
        """
        SELECT coalesce(sum(coalesce(uploaded_size, size)), 0)::bigint AS used FROM files
        WHERE owner_id = %s AND created_at > %s
        """,
        (owner_id, since),
    ).fetchone()
    return int(row["used"]) if row else 0


def may_write(conn: Connection, chat_id: str | None) -> Cursor:
    """Whether the context is in this chat; of no chat: true."""
    return conn.execute(
        "SELECT %(chat)s::uuid IS NULL OR coalesce(app_chat_until(%(chat)s) = 'infinity', false) AS may",
        {"chat": chat_id},
    )


def insert(conn: Connection, row: Mapping[str, Any], *, since: datetime, most: int) -> Cursor:
    """The new file; no row where it and those `since` then come to more than `most` bytes.

    Uploads that one person begins at the same moment come one after the other.
    """
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"files {row['owner_id']}",))
    return conn.execute(
        f"""
        INSERT INTO files AS f (file_id, owner_id, purpose, name, size, content_type, kind, created_at)
        SELECT %(id)s, %(owner_id)s, %(purpose)s, %(name)s, %(size)s, %(content_type)s, %(kind)s, %(now)s
        WHERE %(size)s + (
            SELECT coalesce(sum(coalesce(o.uploaded_size, o.size)), 0) FROM files o
            WHERE o.owner_id = %(owner_id)s AND o.created_at > %(since)s
        ) <= %(most)s
        RETURNING {_COLUMNS}
        """,  # noqa: S608 (constant)
        {**row, "since": since, "most": most},
    )


def find(conn: Connection, file_id: str) -> Cursor:
    """A file that the context may read."""
    return conn.execute(
        f"SELECT {_COLUMNS} FROM files f WHERE f.file_id = %s AND f.deleted_at IS NULL",  # noqa: S608
        (file_id,),
    )


def mark_uploaded(conn: Connection, file_id: str) -> Cursor:
    return conn.execute(
        f"""
        UPDATE files f SET status = 'checking' WHERE f.file_id = %s AND f.status = 'pending'
        RETURNING {_COLUMNS}
        """,  # noqa: S608
        (file_id,),
    )


def attach(conn: Connection, owner_id: str, file_ids: Sequence[str], chat_id: str, message_id: str) -> Cursor:
    """The files that could be attached: the owner's, uploaded, good so far, and of no message yet."""
    return conn.execute(
        f"""
        UPDATE files f SET chat_id = %(chat)s, message_id = %(message)s
        WHERE f.file_id = ANY (%(files)s::uuid[]) AND f.owner_id = %(owner)s AND f.purpose = 'message'
            AND f.status IN ('checking', 'ready') AND f.message_id IS NULL AND f.deleted_at IS NULL
        RETURNING {_COLUMNS}
        """,  # noqa: S608
        {"chat": chat_id, "message": message_id, "files": list(file_ids), "owner": owner_id},
    )


def owned(conn: Connection, owner_id: str, file_ids: Sequence[str]) -> list[Row]:
    return conn.execute(
        """
        SELECT file_id::text AS id, status, message_id::text, purpose FROM files
        WHERE file_id = ANY (%s::uuid[]) AND owner_id = %s AND deleted_at IS NULL
        """,
        (list(file_ids), owner_id),
    ).fetchall()


def of_messages(conn: Connection, message_ids: Sequence[str]) -> Cursor:
    """The files of these messages, in the order they were made, as far as the context may read them."""
    return conn.execute(
        f"""
        SELECT {_COLUMNS} FROM files f
        WHERE f.message_id = ANY (%s::uuid[]) AND f.deleted_at IS NULL ORDER BY f.file_id
        """,  # noqa: S608
        (list(message_ids),),
    )


def forget(conn: Connection, chat_id: str, message_id: str, now: datetime) -> None:
    conn.execute("SELECT forget_files(%s, %s, %s)", (chat_id, message_id, now))


def mark_deleted(conn: Connection, file_id: str, owner_id: str, now: datetime) -> Cursor:
    """The file, where it is the owner's and belongs to no message."""
    return conn.execute(
        f"""
        UPDATE files f SET deleted_at = %s
        WHERE f.file_id = %s AND f.owner_id = %s AND f.message_id IS NULL AND f.deleted_at IS NULL
        RETURNING {_COLUMNS}
        """,  # noqa: S608
        (now, file_id, owner_id),
    )


def claim(conn: Connection, file_id: str, until: datetime, now: datetime) -> Row | None:
    """Take a file's check until then; None where it is done, or somebody else has it.

    `deaths`: how many have had it and neither ended it nor gave it back.
    """
    return conn.execute(
        f"""
        UPDATE files f SET checked_until = %s, status = 'checking',
            deaths = deaths + (checked_until IS NOT NULL)::integer
        WHERE f.file_id = %s AND f.status IN ('pending', 'checking') AND f.deleted_at IS NULL
            AND (f.checked_until IS NULL OR f.checked_until < %s)
        RETURNING {_COLUMNS}, f.deaths
        """,  # noqa: S608
        (until, file_id, now),
    ).fetchone()


def release(conn: Connection, file_id: str) -> None:
    """Let somebody else check it, at once."""
    conn.execute("UPDATE files SET checked_until = NULL WHERE file_id = %s", (file_id,))


def finish(conn: Connection, file_id: str, found: Mapping[str, Any], now: datetime) -> Row | None:
    """What the check has found; None where the file was deleted meanwhile.

    `size` is of what is kept from now on, and what was uploaded is remembered where it was another.
    """
    return conn.execute(
        f"""
        UPDATE files f SET status = %(status)s, reason = %(reason)s, width = %(width)s, height = %(height)s,
            has_thumbnail = %(has_thumbnail)s, size = %(size)s, uploaded_size = nullif(f.size, %(size)s),
            checked_at = %(now)s, checked_until = NULL
        WHERE f.file_id = %(id)s AND f.status = 'checking' AND f.deleted_at IS NULL
        RETURNING {_COLUMNS}
        """,  # noqa: S608
        {**found, "id": file_id, "now": now},
    ).fetchone()


def mark_orphans(conn: Connection, before: datetime, now: datetime, most: int) -> Cursor:
    """Files that nothing has used since then: of no message, and nobody's picture."""
    return conn.execute(
        """
        UPDATE files SET deleted_at = %(now)s WHERE file_id IN (
            SELECT f.file_id FROM files f
            WHERE f.message_id IS NULL AND NOT f.is_avatar AND f.deleted_at IS NULL
                AND f.created_at < %(before)s
            ORDER BY f.created_at LIMIT %(most)s FOR UPDATE OF f SKIP LOCKED
        ) RETURNING file_id::text AS id
        """,
        {"before": before, "now": now, "most": most},
    )


def deleted(conn: Connection, most: int) -> Cursor:
    """Files whose objects are still to be removed, oldest first; held until the end of the transaction."""
    return conn.execute(
        """
        SELECT file_id::text AS id FROM files WHERE deleted_at IS NOT NULL
        ORDER BY deleted_at LIMIT %s FOR UPDATE SKIP LOCKED
        """,
        (most,),
    )


def remove(conn: Connection, file_ids: Sequence[str]) -> None:
    conn.execute("DELETE FROM files WHERE file_id = ANY (%s::uuid[])", (list(file_ids),))


def unchecked(conn: Connection, before: datetime, now: datetime, most: int) -> Cursor:
    """Files whose bytes are there for a while, and that nobody is checking."""
    return conn.execute(
        """
        SELECT file_id::text AS id FROM files
        WHERE status = 'checking' AND created_at < %s AND deleted_at IS NULL
            AND (checked_until IS NULL OR checked_until < %s)
        ORDER BY created_at LIMIT %s
        """,
        (before, now, most),
    )


def set_avatar(conn: Connection, user_id: str, file_id: str | None, url: str | None, now: datetime) -> Cursor:
    """No row where the file is not a checked picture of this user. Two who choose at once come one after the
    other: the picture before is nobody's any more, and goes."""
    conn.execute("SELECT 1 FROM users WHERE user_id = %s FOR NO KEY UPDATE", (user_id,))
    return conn.execute(
        """
        WITH chosen AS (
            UPDATE files f SET is_avatar = true
            WHERE f.file_id = %(file)s::uuid AND f.owner_id = %(user)s AND f.purpose = 'avatar'
                AND f.status = 'ready' AND f.deleted_at IS NULL
            RETURNING f.file_id
        ), changed AS (
            UPDATE users SET avatar_file_id = %(file)s, avatar_url = %(url)s, updated_at = %(now)s
            WHERE user_id = %(user)s AND (%(file)s::uuid IS NULL OR EXISTS (SELECT FROM chosen))
            RETURNING user_id
        ), before AS (
            UPDATE files f SET is_avatar = false
            WHERE f.owner_id = %(user)s AND f.is_avatar AND f.file_id IS DISTINCT FROM %(file)s::uuid
                AND EXISTS (SELECT FROM changed)
        )
        SELECT user_id FROM changed
        """,
        {"user": user_id, "file": file_id, "url": url, "now": now},
    )


def avatar_of(conn: Connection, user_id: str) -> Cursor:
    return conn.execute(
        "SELECT avatar_file_id::text AS id FROM users WHERE user_id = %s AND status <> 'deleted'", (user_id,)
    )


def file_of(row: Row) -> File:
    shown = row["has_thumbnail"] and row["status"] == "ready"
    return File(
        **{name: value for name, value in row.items() if name != "has_thumbnail"},
        thumbnail_url=f"/v1/files/{row['id']}/content?variant=thumbnail" if shown else None,
    )


def ref_of(row: Row) -> FileRef:
    return file_of(row).ref()
