"""What was read: marks that only move forward, who has read a message, and who has missed what."""

from datetime import datetime

from convoke.backends.postgres import System, transaction
from convoke.chat import live
from convoke.chat.actions import publish
from convoke.chat.actions.publish import Audience, audience_of
from convoke.chat.conversation import (
    READ_BY_MOST,
    READS_PER_MINUTE,
    UNREAD_MOST,
    ReadMark,
    Receipt,
    Receipts,
)
from convoke.chat.events import ChatRead
from convoke.chat.store import marks
from convoke.errors import not_found
from convoke.identity.model import Principal
from convoke.notifications import actions as notifications
from convoke.notifications.model.missed import Missed
from convoke.operations.actions import limit as limit_rate

PREVIEW_MOST = 200
# What stands for the words of a message that has none.
_WORDLESS = {"image": "Photo", "video": "Video", "audio": "Audio", "file": "File"}


def mark_read(
    principal: Principal, participant_id: str | None, chat_id: str, seq: int, now: datetime
) -> ReadMark:
    """Everything up to `seq` was read, now. A mark further on stays where it is. One round trip."""
    limit_rate("chat.read", principal.key, per_minute=READS_PER_MINUTE, now=now)
    me = {"user_id": principal.user_id, "participant_id": participant_id or principal.participant_id}
    with transaction(principal) as conn:
        moved = marks.move(conn, chat_id, seq, now=now, **me)
        own = marks.own(conn, chat_id, **me)
        counted = marks.unread(conn, [chat_id], UNREAD_MOST)
        users = [principal.user_id] if principal.user_id else []
        settled = notifications.settle(conn, user_ids=users, subject=f"chat:{chat_id}", now=now)
    row = own.fetchone()
    if row is None:
        raise not_found()
    state = counted.fetchone() or {"last_seq": 0, "read_seq": 0, "unread": 0}
    live.keep_unread(principal.key, [(chat_id, state["last_seq"], state["read_seq"], state["unread"])])
    mark = ReadMark(
        **{name: row[name] for name in ("chat_id", "member_id", "read_seq", "read_at")},
        unread=state["unread"],
    )
    if moved.fetchone() is not None:
        _tell(audience_of(chat_id, row), principal, mark, now)
    notifications.announce_settled(settled, now)
    return mark


def receipts(principal: Principal, chat_id: str, message_id: str) -> Receipts:
    """Who has read a message: whose mark has reached it, but its sender. `read_at` is when the mark was moved
    last, so they had read it by then. 404 for who cannot see the message."""
    with transaction(principal) as conn:
        found = marks.readers(conn, chat_id, message_id)
    rows = found.fetchall()
    if not rows:
        raise not_found()
    return Receipts(items=[Receipt.model_validate(row) for row in rows if row["member_id"]])


def missed(chat_id: str, now: datetime) -> list[Missed]:
    """What each member has not read, for those who tell them. As the system."""
    with transaction(System()) as conn:
        rows = marks.missed(conn, chat_id, UNREAD_MOST, now)
    shown = (
        "user_id",
        "unread",
        "read_seq",
        "last_seq",
        "muted",
        "mentioned",
        "chat_title",
        "sender_name",
        "message_id",
    )
    return [
        Missed(
            **{name: row[name] for name in shown},
            preview=(row["content"] or _WORDLESS.get(row["type"], ""))[:PREVIEW_MOST],
        )
        for row in rows
    ]


def _tell(audience: Audience, principal: Principal, mark: ReadMark, now: datetime) -> None:
    """Everybody in a small chat; in a large one the reader's own devices."""
    data = ChatRead(
        chat_id=mark.chat_id, member_id=mark.member_id, read_seq=mark.read_seq, read_at=mark.read_at
    )
    if audience.kind == "meeting" or len(audience.users) <= READ_BY_MOST:
        publish.to_chat(audience, "chat.read", data.model_dump(mode="json"), now)
    else:
        publish.to_users([principal.key], "chat.read", data, now)
