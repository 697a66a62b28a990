"""Read back: pages of a chat both ways, what has changed after a number, and the last messages from Redis."""

from collections.abc import Sequence
from typing import Any

from convoke.backends.postgres import Context, System, transaction
from convoke.chat import live, model
from convoke.chat.conversation import MARKS_MOST, Changes, Mark
from convoke.chat.model import WITH_FILES, Direction, Message, MessagePage, StoredMessage
from convoke.chat.store import marks, messages
from convoke.chat.store.messages import Connection
from convoke.errors import not_found
from convoke.files import actions as files
from convoke.identity.model import Principal

# A socket's reply is 128 KB at most.
CHANGES_BYTES = 90 * 1024


def history(
    principal: Principal,
    chat_id: str,
    *,
    cursor: str | None = None,
    limit: int = model.PAGE_DEFAULT,
    direction: Direction = "before",
) -> MessagePage:
    """A page of what the principal may read, oldest first; without a cursor the newest (or the oldest)."""
    beyond = model.decode_cursor(chat_id, cursor) if cursor else None
    size = min(max(limit, model.PAGE_MIN), model.PAGE_MAX)
    with transaction(principal) as conn:
        page = messages.page(conn, chat_id, beyond=beyond, direction=direction, limit=size + 1)
    rows = _readable(page.fetchall())
    found = _complete(principal, rows)
    items, more = found[:size], len(found) > size
    onward = model.encode_cursor(chat_id, items[-1].seq) if more else None
    if direction == "before":
        items.reverse()
    return MessagePage(
        items=[item.public() for item in items],
        next_cursor=onward,
        later_cursor=model.encode_cursor(chat_id, items[-1].seq) if items else cursor,
        seq=rows[0]["last_seq"],
    )


def changes(
    principal: Principal,
    chat_id: str,
    *,
    after: int,
    limit: int = model.PAGE_MAX,
    most_bytes: int | None = None,
) -> Changes:
    """Each message that was made or changed after a number, once, as it is now.

    Numbers are given under the lock of the chat's row, so when one is seen, all before it are: nothing can
    appear later below what a client has. A message that changes again while a client is paging moves ahead
    of it. `most_bytes` ends a page sooner; the first message is in it at all events.
    """
    size = min(max(limit, 1), model.PAGE_MAX)
    with transaction(principal) as conn:
        page = messages.changes(conn, chat_id, after=after, limit=size + 1)
        latest = marks.latest(conn, chat_id, MARKS_MOST)
    rows = _readable(page.fetchall())
    found = _complete(principal, rows)
    items = _fitting([item.public() for item in found[:size]], most_bytes)
    more = len(found) > len(items)
    return Changes(
        chat_id=chat_id,
        items=items,
        seq=rows[0]["last_seq"],
        next_after=items[-1].changed_seq if more else None,
        marks=[Mark.model_validate(row) for row in latest.fetchall()],
    )


def recent(
    chat_id: str, principal: Principal, participant_id: str | None = None, *, limit: int = model.PAGE_DEFAULT
) -> list[Message]:
    """The last messages that this person may see, oldest first, from Redis, and none of breakout rooms. The
    caller has checked that the person is in the chat (it is asked while entering a meeting)."""
    kept = live.recent(chat_id)
    if kept is None:
        kept = _rebuild(chat_id)
    me = participant_id or principal.participant_id
    return [item.public() for item in kept if item.visible_to(principal.user_id, me)][-limit:]


def with_files(conn: Connection, stored: Sequence[StoredMessage]) -> list[StoredMessage]:
    """The same messages with their files, which are asked for only where there are any."""
    carrying = [item.id for item in stored if item.type in WITH_FILES and item.deleted_at is None]
    if not carrying:
        return list(stored)
    found = files.of_messages(conn, carrying)
    return [item.model_copy(update={"files": found.get(item.id, [])}) for item in stored]


def complete(context: Context, stored: list[StoredMessage]) -> list[StoredMessage]:
    """As `with_files`, after the transaction that has read the messages: it stays one round trip without."""
    if not any(item.type in WITH_FILES and item.deleted_at is None for item in stored):
        return stored
    with transaction(context) as conn:
        return with_files(conn, stored)


def _readable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows[0]["readable"]:
        raise not_found()
    return rows


def _complete(principal: Principal, rows: list[dict[str, Any]]) -> list[StoredMessage]:
    return complete(principal, [messages.stored_message(row) for row in rows if row["id"]])


def _fitting(items: list[Message], most_bytes: int | None) -> list[Message]:
    if most_bytes is None:
        return items
    kept: list[Message] = []
    for item in items:
        most_bytes -= len(item.model_dump_json().encode())
        if kept and most_bytes < 0:
            break
        kept.append(item)
    return kept


def _rebuild(chat_id: str) -> list[StoredMessage]:
    """Make the list anew. As the system: it holds everybody's messages, readers are shown theirs."""
    seen = live.writes(chat_id)
    with transaction(System()) as conn:
        page = messages.latest(conn, chat_id, limit=model.RECENT_KEPT)
    found = [messages.stored_message(row) for row in reversed(page.fetchall()) if row["id"]]
    kept = complete(System(), found)
    live.build(chat_id, kept, seen)
    return kept
