"""Change what was said: edit and delete one's own (or as who leads the chat delete anybody's), and react.

Two round trips each: what decides, then the change and the commit. In the second one the chat's row is locked
first, so that what was decided is looked at again on what is there then.
"""

from datetime import datetime
from typing import Any

import psycopg

from convoke import events
from convoke.backends.postgres import transaction
from convoke.chat import live, model
from convoke.chat.actions import publish, rules
from convoke.chat.actions.history import complete
from convoke.chat.actions.publish import audience_of
from convoke.chat.model import EditMessage, Message, MessageTarget, MessageType, React
from convoke.chat.store import messages, reactions
from convoke.chat.store.messages import Connection, Row
from convoke.errors import Problem, conflict, forbidden, not_found
from convoke.files import actions as files
from convoke.identity.model import Principal
from convoke.operations.actions import audit
from convoke.operations.actions import limit as limit_rate

NOT_EDITABLE = frozenset({MessageType.CALL, MessageType.SYSTEM})


def edit(principal: Principal, participant_id: str | None, request: EditMessage, now: datetime) -> Message:
    """Let one's own message say something else. Raises Problem 404, 403 `not_sender`, `not_in_breakout`, 409
    `message_deleted`, `not_editable`."""
    _limit(principal, now)
    with rules.refusals(), transaction(principal) as conn:
        context = _context(conn, principal, participant_id, request)
        rules.require_writer(rules.require_present(principal, context))
        if context["sender_member_id"] != context["my_member_id"]:
            raise forbidden("not_sender", "Only its sender can change a message.")
        if MessageType(context["type"]) in NOT_EDITABLE:
            raise conflict("not_editable", "This message cannot be changed.")
        if not context["in_breakout"]:
            raise rules.not_in_breakout()
        _require_there(context)
        _emit(conn, "message.edited", context, now)
        messages.touch(conn, request.chat_id, request.message_id, now)
        changed = messages.edit(conn, request, now)
    return _tell(principal, context, changed.fetchone(), now)


def delete(
    principal: Principal, participant_id: str | None, request: MessageTarget, now: datetime
) -> Message:
    """Take a message back; nobody is shown what it said any more. Deleting it again changes nothing.

    Raises Problem 404, 403 `not_sender` for who neither wrote it nor leads the chat or its meeting.
    """
    _limit(principal, now)
    try:
        return _delete(principal, participant_id, request, now)
    except Problem as problem:
        if problem.slug != "message_deleted":
            raise
    # Somebody else has deleted it at the same moment: now it is found so.
    return _delete(principal, participant_id, request, now)


def react(principal: Principal, participant_id: str | None, request: React, now: datetime) -> Message:
    """Put one's emoji under a message, or take it away; either once. Members only.

    Raises Problem 404, 403, 409 `message_deleted`, `too_many_reactions`.
    """
    _limit(principal, now)
    with rules.refusals(), transaction(principal) as conn:
        context = _context(conn, principal, participant_id, request)
        rules.require_writer(rules.require_present(principal, context))
        _require_there(context)
        given, me = context["reactions"] or {}, context["my_member_id"]
        if (me in given.get(request.emoji, [])) == request.on:
            return complete(principal, [messages.stored_message(context)])[0].public()
        if request.on and request.emoji not in given and len(given) >= model.REACTIONS_MOST:
            raise _too_many()
        messages.touch(conn, request.chat_id, request.message_id, now)
        place = (conn, request.chat_id, request.message_id)
        if request.on:
            most = model.REACTIONS_MOST
            reactions.add(*place, emoji=request.emoji, member_id=me, most=most, now=now)
        else:
            reactions.remove(*place, emoji=request.emoji, member_id=me)
        changed = messages.one(*place)
    message = _tell(principal, context, changed.fetchone(), now)
    if request.on and me not in message.reactions.get(request.emoji, []):
        raise _too_many()
    return message


def _delete(
    principal: Principal, participant_id: str | None, request: MessageTarget, now: datetime
) -> Message:
    with rules.refusals(), transaction(principal) as conn:
        context = _context(conn, principal, participant_id, request)
        _require_may_delete(principal, context)
        if context["deleted_at"] is not None:
            return messages.stored_message(context).public()
        _emit(conn, "message.deleted", context, now)
        if context["sender_member_id"] != context["my_member_id"]:
            _audit(conn, principal, context, now)
        messages.touch(conn, request.chat_id, request.message_id, now)
        messages.mark_deleted(
            conn,
            request.chat_id,
            request.message_id,
            user_id=context["my_user_id"] or principal.user_id,
            participant_id=context["my_participant_id"] or principal.participant_id,
            now=now,
        )
        files.forget(conn, request.chat_id, request.message_id, now)
        changed = messages.one(conn, request.chat_id, request.message_id)
    return _tell(principal, context, changed.fetchone(), now)


def _limit(principal: Principal, now: datetime) -> None:
    limit_rate("chat.change", principal.key, per_minute=model.CHANGES_PER_MINUTE, now=now)


def _context(
    conn: Connection, principal: Principal, participant_id: str | None, target: MessageTarget | EditMessage
) -> Row:
    """404 for a message that the caller cannot see."""
    context = messages.changing_context(
        conn,
        target.chat_id,
        target.message_id,
        user_id=principal.user_id,
        participant_id=participant_id or principal.participant_id,
    )
    if context is None:
        raise not_found()
    return context


def _require_there(context: Row) -> None:
    if context["deleted_at"] is not None:
        raise rules.message_deleted()


def _require_may_delete(principal: Principal, context: Row) -> None:
    if context["leads"] and context["type"] != "system":
        return
    rules.require_present(principal, context)
    if context["my_left_at"] is not None:
        raise rules.not_in_chat()
    own = context["sender_member_id"] == context["my_member_id"]
    if context["type"] == "system" or not (own or context["my_role"] == "admin"):
        raise forbidden("not_sender", "Only its sender, or who leads the chat, can delete a message.")


def _too_many() -> Exception:
    return conflict("too_many_reactions", f"A message takes {model.REACTIONS_MOST} different reactions.")


def _tell(principal: Principal, context: Row, row: Row | None, now: datetime) -> Message:
    if row is None:
        raise not_found()
    [changed] = complete(principal, [messages.stored_message(row)])
    live.change(changed)
    publish.message(audience_of(changed.chat_id, context), "message.updated", changed, now)
    return changed.public()


def _emit(conn: psycopg.Connection[Any], kind: str, context: Row, now: datetime) -> None:
    stored = messages.stored_message(context)
    private = stored.recipient_participant_id is not None
    events.emit(
        conn,
        kind=kind,
        # Not in the meeting's story: that two people wrote to each other is nobody else's business.
        meeting_id=stored.chat_id if context["kind"] == "meeting" and not private else None,
        user_id=context["my_user_id"],
        participant_id=context["my_participant_id"],
        data={
            "chat_id": stored.chat_id,
            "message_id": stored.id,
            "type": stored.type.value,
            "private": private,
        },
        now=now,
    )


def _audit(conn: psycopg.Connection[Any], principal: Principal, context: Row, now: datetime) -> None:
    audit(
        conn,
        principal,
        event_type="message",
        action="delete",
        target_type="message",
        target_id=context["id"],
        metadata={"chat_id": context["chat_id"], "sender_id": context["sender_member_id"]},
        now=now,
    )
