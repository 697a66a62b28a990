"""Send, read back and manage who is in a chat. What was stored is pushed to every device concerned."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.errors import UniqueViolation

from convoke import events
from convoke.backends.postgres import System, transaction
from convoke.chat import live, model, store
from convoke.chat.model import (
    Direction,
    Message,
    MessagePage,
    MessageType,
    Sender,
    SendMessage,
    StoredMessage,
)
from convoke.delivery import actions as delivery
from convoke.errors import forbidden, invalid, not_found
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.operations.actions import limit as limit_rate

Connection = psycopg.Connection[dict[str, Any]]


def scope_of(chat_id: str) -> str:
    """The scope in which a chat's events are published."""
    return f"chat:{chat_id}"


def open_meeting_chat(conn: Connection, meeting_id: str, now: datetime) -> None:
    """Make a meeting's chat, in the transaction that makes the meeting."""
    store.insert_chat(conn, meeting_id, "meeting", now)


def add_member(  # noqa: PLR0917 (a row)
    conn: Connection,
    chat_id: str,
    participant_id: str,
    user_id: str | None,
    display_name: str,
    now: datetime,
) -> None:
    """Let a participant in, again or under a new name too."""
    store.upsert_member(conn, chat_id, participant_id, user_id, display_name, now)


def rename_member(conn: Connection, chat_id: str, participant_id: str, display_name: str) -> None:
    """Whose name stands on what a participant writes from now on; nothing for who is not in the chat."""
    store.update_name(conn, chat_id, participant_id, display_name)


def remove_member(conn: Connection, chat_id: str, participant_id: str, now: datetime) -> None:
    """A participant has left or was removed: reads what was said until now, and sends no more."""
    store.mark_left(conn, chat_id, participant_id, now)


def set_open(conn: Connection, chat_id: str, *, is_open: bool, now: datetime) -> None:
    """Whether messages may be sent: not when the host has switched chat off or the meeting is over."""
    store.update_open(conn, chat_id, is_open=is_open, now=now)


def send(principal: Principal, participant_id: str | None, request: SendMessage, now: datetime) -> Message:
    """Store a message once and bring it to every device of everyone who may see it.

    `participant_id` is who speaks, when the caller's connection stands for one; otherwise the principal's own
    membership. Sent again with the same `client_id`, the stored message is returned, and published again: the
    first time may have died between storing and publishing, and clients know messages by id.
    """
    speaker = participant_id or principal.participant_id
    limit_rate("chat.send", principal.key, per_minute=model.SENDS_PER_MINUTE, now=now)
    try:
        message = _store(principal, speaker, request, now)
    except UniqueViolation:
        # The same message was stored at the same moment by another function: now it is found.
        message = _store(principal, speaker, request, now)
    live.push(message)
    _publish(message, now)
    return message.public()


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
        page = store.page(conn, chat_id, beyond=beyond, direction=direction, limit=size + 1)
    rows = page.fetchall()
    if not rows[0]["readable"]:
        raise not_found()
    found = [store.stored_message(row) for row in rows if row["id"]]
    return _page(chat_id, found, size, direction, cursor)


def recent(
    chat_id: str, principal: Principal, participant_id: str | None = None, *, limit: int = model.PAGE_DEFAULT
) -> list[Message]:
    """The last messages that this person may see, oldest first, from Redis. The caller has checked that the
    person is in the chat (it is asked while entering a meeting)."""
    kept = live.recent(chat_id)
    if kept is None:
        kept = _rebuild(chat_id)
    me = participant_id or principal.participant_id
    return [item.public() for item in kept if item.visible_to(principal.user_id, me)][-limit:]


def _store(principal: Principal, speaker: str | None, request: SendMessage, now: datetime) -> StoredMessage:
    """Two round trips: what decides, then message, event and commit."""
    with transaction(principal) as conn:
        context = store.sending_context(
            conn,
            request.chat_id,
            user_id=principal.user_id,
            participant_id=speaker,
            client_id=request.client_id,
            reply_to=request.reply_to,
            recipient=request.recipient_participant_id,
        )
        if context is None or not model.is_own(principal, context["user_id"], context["participant_id"]):
            raise not_found()
        if context["sent_before"]:
            stored = store.message(conn, request.chat_id, context["sent_before"])
            if stored is not None:
                return stored
        _check(context, request)
        message = _message(context, request, now)
        store.insert_message(conn, message, context["member_id"])
        events.emit(
            conn,
            kind="message.sent",
            meeting_id=request.chat_id if context["kind"] == "meeting" else None,
            user_id=message.sender.user_id,
            participant_id=message.sender.participant_id,
            data={
                "chat_id": message.chat_id,
                "message_id": message.id,
                "type": message.type.value,
                "length": len(message.content),
                "private": message.recipient_participant_id is not None,
            },
            now=now,
        )
    return message


def _check(context: dict[str, Any], request: SendMessage) -> None:
    if context["left_at"] is not None:
        raise forbidden("not_in_chat", "Join again to write.")
    if not context["is_open"]:
        raise forbidden("chat_closed", "Nobody can write here at the moment.")
    if not context["reply_found"]:
        raise invalid("There is no such message in this chat.", field="reply_to")
    recipient = request.recipient_participant_id
    if recipient is None:
        return
    if context["kind"] != "meeting" or recipient == context["participant_id"]:
        raise invalid(
            "A private message goes to another person in a meeting.", field="recipient_participant_id"
        )
    if context["recipient_participant_id"] is None:
        raise invalid("This person is not in the meeting.", field="recipient_participant_id")


def _message(context: dict[str, Any], request: SendMessage, now: datetime) -> StoredMessage:
    return StoredMessage(
        id=new_id(now),
        chat_id=request.chat_id,
        type=MessageType(request.type),
        sender=Sender(
            participant_id=context["participant_id"],
            user_id=context["user_id"],
            display_name=context["display_name"],
        ),
        content=request.content,
        reply_to=request.reply_to,
        recipient_participant_id=context["recipient_participant_id"],
        recipient_user_id=context["recipient_user_id"],
        client_id=request.client_id,
        created_at=now,
    )


def _publish(message: StoredMessage, now: datetime) -> None:
    data = {"message": message.public().model_dump(mode="json")}
    if message.recipient_participant_id is None:
        delivery.publish(scope_of(message.chat_id), "message.created", data, now=now)
        return
    concerned = {
        model.owner_key(message.sender.user_id, message.sender.participant_id),
        model.owner_key(message.recipient_user_id, message.recipient_participant_id),
    }
    for key in sorted(key for key in concerned if key):
        delivery.publish_to_principal(key, "message.created", data, now=now)


def _page(
    chat_id: str, found: list[StoredMessage], size: int, direction: Direction, cursor: str | None
) -> MessagePage:
    items, more = found[:size], len(found) > size
    onward = model.encode_cursor(chat_id, items[-1].id) if more else None
    if direction == "before":
        items.reverse()
    return MessagePage(
        items=[item.public() for item in items],
        next_cursor=onward,
        later_cursor=model.encode_cursor(chat_id, items[-1].id) if items else cursor,
    )


def _rebuild(chat_id: str) -> list[StoredMessage]:
    """Make the list anew. As the system: it holds everybody's messages, readers are shown theirs."""
    seen = live.writes(chat_id)
    with transaction(System()) as conn:
        page = store.page(conn, chat_id, beyond=None, direction="before", limit=model.RECENT_KEPT)
    messages = [store.stored_message(row) for row in reversed(page.fetchall()) if row["id"]]
    live.build(chat_id, messages, seen)
    return messages
