"""Files and messages: given to one, shown with it, gone with it. In the transactions of chat."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

from convoke.errors import conflict, invalid
from convoke.files import store
from convoke.files.model import FileRef
from convoke.identity.model import Principal

Connection = psycopg.Connection[dict[str, Any]]


def attach(
    conn: Connection, principal: Principal, file_ids: Sequence[str], chat_id: str, message_id: str
) -> list[FileRef]:
    """Give the caller's files to a message that this transaction stores, in the order asked for.

    All or none: raises a Problem where one is not the caller's, not uploaded, refused, or another message's.
    """
    wanted = list(dict.fromkeys(file_ids))
    if not wanted:
        return []
    if principal.user_id is None:
        raise invalid("Sign in to send files.", field="file_ids")
    rows = store.attach(conn, principal.user_id, wanted, chat_id, message_id).fetchall()
    found = {row["id"]: store.ref_of(row) for row in rows}
    missing = [file_id for file_id in wanted if file_id not in found]
    if missing:
        raise _why_not(conn, principal.user_id, missing)
    return [found[file_id] for file_id in wanted]


def of_messages(conn: Connection, message_ids: Sequence[str]) -> Mapping[str, list[FileRef]]:
    """The files of these messages that the transaction's context may read, by message."""
    found: dict[str, list[FileRef]] = {}
    if message_ids:
        for row in store.of_messages(conn, message_ids).fetchall():
            found.setdefault(row["message_id"], []).append(store.ref_of(row))
    return found


def forget(conn: Connection, chat_id: str, message_id: str, now: datetime) -> None:
    """A message was deleted in this transaction: nobody gets its files, and the sweep removes them."""
    store.forget(conn, chat_id, message_id, now)


def _why_not(conn: Connection, owner_id: str, file_ids: Sequence[str]) -> Exception:
    """The reason, of files that could not be attached."""
    rows = {row["id"]: row for row in store.owned(conn, owner_id, file_ids)}
    for file_id in file_ids:
        row = rows.get(file_id)
        if row is None or row["purpose"] != "message":
            return invalid("There is no such file of yours.", field="file_ids")
        if row["status"] == "refused":
            return invalid("This file did not pass its check.", field="file_ids")
        if row["status"] == "pending":
            return conflict("not_uploaded", "The bytes of this file have not arrived.")
    return conflict("file_attached", "This file was sent with another message.")
