"""A person's chats by latest activity, and one of them with its people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from convoke.backends.postgres import transaction
from convoke.chat import live
from convoke.chat.actions.history import complete
from convoke.chat.conversation import (
    LIST_DEFAULT,
    LIST_MOST,
    LISTED,
    UNREAD_MOST,
    ChatDetail,
    ChatPage,
    ChatSummary,
    Kind,
    Member,
    decode_place,
    encode_place,
)
from convoke.chat.model import StoredMessage
from convoke.chat.store import chats, marks, messages
from convoke.contacts.model import Person
from convoke.errors import not_found
from convoke.identity.model import Principal

Row = dict[str, Any]


def list_chats(
    principal: Principal, *, kind: Kind | None = None, cursor: str | None = None, limit: int = LIST_DEFAULT
) -> ChatPage:
    """One round trip where Redis knows what is unread; another for those chats of which it does not."""
    size = min(max(limit, 1), LIST_MOST)
    kinds = LISTED if kind is None else (kind,)
    before = decode_place(cursor) if cursor else None
    with transaction(principal) as conn:
        page = chats.summaries(conn, kinds=kinds, before=before, limit=size + 1)
    rows = page.fetchall()
    shown = rows[:size]
    last = shown[-1] if len(rows) > size else None
    unread = _unread(principal, shown)
    return ChatPage(
        items=_summaries(principal, shown, unread),
        next_cursor=encode_place(last["last_activity_at"], last["of_chat"]) if last else None,
    )


def read_chat(principal: Principal, chat_id: str) -> ChatDetail:
    """One round trip. 404 for who never was in it; who has left sees nobody in it."""
    with transaction(principal) as conn:
        found = chats.summaries(conn, one=chat_id)
        people = chats.people(conn, chat_id)
        counted = marks.unread(conn, [chat_id], UNREAD_MOST)
    rows = found.fetchall()
    if not rows:
        raise not_found()
    [summary] = _summaries(principal, rows, _by_chat(counted.fetchall()))
    return ChatDetail(**dict(summary), members=members_of(people.fetchall()))


def members_of(rows: Iterable[Mapping[str, Any]]) -> list[Member]:
    return [Member.model_validate(row) for row in rows]


class _Unread(NamedTuple):
    """How much, and the state of chat and mark in which it is so: maybe later than that of the chat's row."""

    last_seq: int
    read_seq: int
    unread: int


def _by_chat(rows: Iterable[Row]) -> dict[str, _Unread]:
    return {row["chat_id"]: _Unread(row["last_seq"], row["read_seq"], row["unread"]) for row in rows}


def _unread(principal: Principal, rows: Sequence[Row]) -> dict[str, _Unread]:
    """What Redis knows for exactly this state of chat and mark, and the rest counted. Who has left a chat has
    nothing to read there."""
    states = {row["of_chat"]: (row["last_seq"], row["read_seq"]) for row in rows if row["left_at"] is None}
    kept = live.unread(principal.key, states)
    kept |= {chat_id: 0 for chat_id, (last_seq, read_seq) in states.items() if read_seq >= last_seq}
    known = {chat_id: _Unread(*states[chat_id], count) for chat_id, count in kept.items()}
    if lacking := [chat_id for chat_id in states if chat_id not in known]:
        with transaction(principal) as conn:
            counted = marks.unread(conn, lacking, UNREAD_MOST)
        fresh = _by_chat(counted.fetchall())
        live.keep_unread(principal.key, [(chat_id, *found) for chat_id, found in fresh.items()])
        known |= fresh
    return known


def _summaries(principal: Principal, rows: Sequence[Row], unread: Mapping[str, _Unread]) -> list[ChatSummary]:
    stored = [messages.stored_message(row) for row in rows if row["id"]]
    last = {message.chat_id: message for message in complete(principal, stored)}
    return [_summary(row, last.get(row["of_chat"]), unread.get(row["of_chat"])) for row in rows]


def _summary(row: Row, last: StoredMessage | None, unread: _Unread | None) -> ChatSummary:
    last_seq, read_seq, count = unread or _Unread(row["last_seq"], row["read_seq"], 0)
    present = row["left_at"] is None
    muted: datetime | None = row["muted_until"]
    return ChatSummary(
        id=row["of_chat"],
        kind=row["kind"],
        title=row["title"],
        avatar_url=row["avatar_url"],
        peer=_peer(row),
        member_count=row["member_count"],
        role=row["role"] if present else None,
        last_message=last.public() if last else None,
        last_activity_at=row["last_activity_at"],
        seq=last_seq,
        read_seq=read_seq,
        unread=count,
        writable=present and row["is_open"] and not row["blocked"],
        muted_until=muted,
        created_at=row["chat_created_at"],
    )


def _peer(row: Row) -> Person | None:
    if row["peer_id"] is None:
        return None
    return Person(
        user_id=row["peer_id"],
        display_name=row["peer_name"],
        username=row["peer_username"],
        avatar_url=row["peer_avatar_url"],
    )
