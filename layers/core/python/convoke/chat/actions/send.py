"""Send: stored once, numbered, and brought to every device of everyone who may see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import InsufficientPrivilege, UniqueViolation

from convoke import events
from convoke.backends.postgres import transaction
from convoke.chat import live, model
from convoke.chat.actions import publish, rules
from convoke.chat.actions.history import with_files
from convoke.chat.actions.publish import Audience, audience_of
from convoke.chat.model import Message, MessageType, Sender, SendMessage, StoredMessage
from convoke.chat.store import messages
from convoke.chat.store.messages import Connection
from convoke.errors import Problem, invalid
from convoke.files import actions as files
from convoke.files.model import FileRef, message_type
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.notifications import actions as notifications
from convoke.operations.actions import limit as limit_rate


@dataclass(frozen=True, slots=True)
class _Sent:
    message: StoredMessage
    audience: Audience
    again: bool


def send(principal: Principal, participant_id: str | None, request: SendMessage, now: datetime) -> Message:
    """Store a message once and bring it to every device of everyone who may see it.

    `participant_id` is who speaks, when the caller's connection stands for one; otherwise the principal's own
    membership. Sent again with the same `client_id`, the stored message is returned, and published again: the
    first time may have died between storing and publishing, and clients know messages by id.
    """
    speaker = participant_id or principal.participant_id
    limit_rate("chat.send", principal.key, per_minute=model.SENDS_PER_MINUTE, now=now)
    try:
        sent = _store(principal, speaker, request, now)
    except (Problem, UniqueViolation, InsufficientPrivilege) as refusal:
        # Looked for only now, because hardly any message comes twice.
        before = _stored_before(principal, speaker, request)
        if before is None:
            if isinstance(refusal, InsufficientPrivilege) and request.breakout_id is not None:
                # Moved out of the room at the same moment: row security has looked again.
                raise rules.not_in_breakout() from refusal
            raise
        sent = before
    if sent.again:
        live.forget(sent.message.chat_id)
    else:
        live.push(sent.message)
    publish.message(sent.audience, "message.created", sent.message, now)
    if sent.audience.kind != "meeting":
        notifications.message_sent(request.chat_id)
    return sent.message.public()


def _store(principal: Principal, speaker: str | None, request: SendMessage, now: datetime) -> _Sent:
    """Two round trips: what decides, then event, message and commit. Files cost a third."""
    with rules.refusals(), transaction(principal) as conn:
        found = _context(conn, principal, speaker, request)
        rules.require_writer(found)
        _check(found, request)
        message_id = new_id(now)
        attached = files.attach(conn, principal, request.file_ids, request.chat_id, message_id)
        message = _message(found, request, message_id, attached, now)
        _emit(conn, message, found["kind"], now)
        inserted = messages.insert(conn, message, found["my_member_id"])
    row = inserted.fetchone() or {}
    told = {"seq": row["seq"], "changed_seq": row["seq"], "mentions": row["mentions"]}
    return _Sent(message.model_copy(update=told), audience_of(request.chat_id, found), again=False)


def _stored_before(principal: Principal, speaker: str | None, request: SendMessage) -> _Sent | None:
    """The message that was stored by the same `client_id`, whatever it said."""
    with transaction(principal) as conn:
        found = _context(conn, principal, speaker, request)
        row = messages.sent_as(conn, request.chat_id, found["my_member_id"], request.client_id).fetchone()
        if row is None:
            return None
        [message] = with_files(conn, [messages.stored_message(row)])
    return _Sent(message, audience_of(request.chat_id, found), again=True)


def _context(
    conn: Connection, principal: Principal, speaker: str | None, request: SendMessage
) -> dict[str, Any]:
    context = messages.sending_context(
        conn,
        request.chat_id,
        user_id=principal.user_id,
        participant_id=speaker,
        reply_to=request.reply_to,
        recipient=request.recipient_participant_id,
        breakout_id=request.breakout_id,
    )
    return dict(rules.require_present(principal, context))


def _check(context: dict[str, Any], request: SendMessage) -> None:
    if not context["reply_found"]:
        raise invalid("There is no such message in this chat.", field="reply_to")
    if request.breakout_id is not None and context["breakout_id"] is None:
        raise rules.not_in_breakout()
    recipient = request.recipient_participant_id
    if recipient is None:
        return
    if context["kind"] != "meeting" or recipient == context["my_participant_id"]:
        raise invalid(
            "A private message goes to another person in a meeting.", field="recipient_participant_id"
        )
    if context["recipient_participant_id"] is None:
        raise invalid("This person is not in the meeting.", field="recipient_participant_id")


def _message(
    context: dict[str, Any],
    request: SendMessage,
    message_id: str,
    attached: list[FileRef],
    now: datetime,
) -> StoredMessage:
    """As it will be stored; the database gives it its number."""
    return StoredMessage(
        id=message_id,
        chat_id=request.chat_id,
        seq=0,
        changed_seq=0,
        type=MessageType(message_type(attached) if attached else request.type),
        sender=Sender(
            participant_id=context["my_participant_id"],
            user_id=context["my_user_id"],
            display_name=context["my_name"],
        ),
        content=request.content,
        formatted_content=request.formatted_content,
        mentions=request.mentions,
        files=attached,
        reply_to=request.reply_to,
        recipient_participant_id=context["recipient_participant_id"],
        recipient_user_id=context["recipient_user_id"],
        breakout_id=context["breakout_id"],
        breakout_name=context["breakout_name"],
        client_id=request.client_id,
        created_at=now,
    )


def _emit(conn: Connection, message: StoredMessage, kind: str, now: datetime) -> None:
    events.emit(
        conn,
        kind="message.sent",
        meeting_id=message.chat_id if kind == "meeting" else None,
        user_id=message.sender.user_id,
        participant_id=message.sender.participant_id,
        data={
            "chat_id": message.chat_id,
            "message_id": message.id,
            "type": message.type.value,
            "length": len(message.content),
            "private": message.recipient_participant_id is not None,
            "breakout_id": message.breakout_id,
        },
        now=now,
    )
