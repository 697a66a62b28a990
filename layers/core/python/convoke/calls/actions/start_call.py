"""Call people: into a chat, or to people, whose chat is found or made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.calls import rules, store, views
from convoke.calls.actions import notices, tell
from convoke.calls.actions.come_in import come_in
from convoke.calls.actions.step import step
from convoke.calls.model import (
    MOST_PEOPLE,
    Call,
    CallKind,
    CallReply,
    CallRequest,
    CallState,
    CallStatus,
    InCall,
    MediaType,
)
from convoke.chat import actions as chat
from convoke.chat.model import StoredMessage
from convoke.contacts.model import blocked
from convoke.delivery import actions as delivery
from convoke.errors import Problem, conflict, not_found
from convoke.events import emit
from convoke.identity.model import Principal, require_user
from convoke.ids import new_id
from convoke.meetings import actions as meetings
from convoke.meetings.model import told
from convoke.operations.actions import audit, limit

STARTS_PER_MINUTE = 20
# Of two who call each other at the same moment the second looks again, and finds the first one's call.
ATTEMPTS = 3
CALLABLE = frozenset({"direct", "group", "connection"})
CONTENT = {MediaType.AUDIO: "Audio call", MediaType.VIDEO: "Video call"}

Conn = psycopg.Connection[DictRow]


@dataclass(frozen=True)
class _Started:
    call: Call
    message: StoredMessage
    notices: notices.Notices


@dataclass(frozen=True)
class _Chat:
    """Whom a call into a chat reaches."""

    chat_id: str
    kind: CallKind
    others: Sequence[str]


def start(principal: Principal, request: CallRequest, now: datetime) -> InCall:
    """Ring all devices of everybody in the chat, or come into the call that goes on there.

    Raises Problem `blocked` (403), 404, 409 `in_another_call`, `nobody_to_call`, `not_callable`,
    `chat_too_large`.
    """
    user_id = require_user(principal)
    limit("calls_start", principal.key, per_minute=STARTS_PER_MINUTE, now=now)
    chat_id = request.chat_id or _chat_with(principal, request.user_ids or [], now)
    for _ in range(ATTEMPTS):
        try:
            found = _start(principal, user_id, chat_id, request.media_type, now)
        except UniqueViolation as error:
            if error.diag.constraint_name != "calls_open":
                raise rules.in_another_call() from error
            continue
        if isinstance(found, str):
            return come_in(principal, found, now)
        return _begin(principal, found, now)
    raise Problem("unavailable", 503, "Try again in a moment", headers={"retry-after": "1"})


def _chat_with(principal: Principal, user_ids: Sequence[str], now: datetime) -> str:
    others = sorted(set(user_ids) - {principal.user_id})
    if not others:
        raise nobody_to_call()
    if len(others) == 1:
        return chat.direct_chat(principal, others[0], now)
    return chat.group_of(principal, others, now)


def _start(
    principal: Principal, user_id: str, chat_id: str, media_type: MediaType, now: datetime
) -> _Started | str:
    """A new call, or the id of the one that goes on in the chat. As the system: it rings other people.

    A UniqueViolation says that somebody was faster, or that the caller is in another call.
    """
    with transaction(System()) as conn:
        there = store.open_in(conn, chat_id)
        name = store.name_of(conn, user_id)
        where = _require_callable(conn, user_id, chat_id)
        if (known := there.fetchone()) is not None:
            return str(known["id"])
        call_id = new_id(now)
        row = {
            "id": call_id,
            "chat_id": chat_id,
            "kind": where.kind.value,
            "media_type": media_type.value,
            "initiator_id": user_id,
        }
        store.insert(conn, row, now)
        caller = name.fetchone() or {"display_name": "Convoke"}
        states = _states(conn, user_id, where.others)
        rings_until = now + rules.RINGING
        store.set_states(conn, call_id, {user_id: CallState.INITIATOR}, now)
        store.set_states(conn, call_id, states, now, rings_until=rings_until)
        meetings.open_call_room(conn, call_id, title=CONTENT[media_type], seats=MOST_PEOPLE, now=now)
        _note(conn, principal, row, states, now)
        told_of = notices.write(conn, row, {user_id: caller}, before={}, after=states, now=now)
        message = _post(conn, row, media_type, now)
        store.change(conn, call_id, {"message_id": message.id}, now)
        made, people = store.by_id(conn, call_id), store.people(conn, [call_id])
    return _Started(views.call_of(made.fetchone() or {}, people.fetchall()), message, told_of)


def _post(conn: Conn, row: dict[str, str], media_type: MediaType, now: datetime) -> StoredMessage:
    """The message by which the call stands in its chat."""
    ringing = {"status": CallStatus.RINGING, "answered_at": None, "ended_at": None}
    return chat.post_call(
        conn,
        row["chat_id"],
        sender_user_id=row["initiator_id"],
        content=CONTENT[media_type],
        call=views.message_of(row | ringing),
        now=now,
    )


def _require_callable(conn: Conn, user_id: str, chat_id: str) -> _Chat:
    """Who is reached by a call into the chat. Raises where the caller may not call there."""
    found = store.chat_kind(conn, chat_id)
    members = chat.member_ids(conn, chat_id)
    row = found.fetchone()
    if row is None or user_id not in members:
        raise not_found()
    if row["kind"] not in CALLABLE:
        raise conflict("not_callable", "In a meeting one meets.", title="Nobody can be called here")
    if len(members) > MOST_PEOPLE:
        raise conflict(
            "chat_too_large", f"At most {MOST_PEOPLE} people are in a call.", title="Too many people to call"
        )
    others = [member for member in members if member != user_id]
    estranged = {row["user_id"] for row in store.blocked_among(conn, user_id, others).fetchall()}
    direct = row["kind"] != "group"
    if direct and estranged:
        raise blocked()
    reached = [member for member in others if member not in estranged]
    if not reached:
        raise nobody_to_call()
    return _Chat(chat_id, CallKind.ONE_TO_ONE if direct else CallKind.GROUP, reached)


def _states(conn: Conn, user_id: str, others: Sequence[str]) -> dict[str, CallState]:
    """Who rings, and who is in another call. The caller's own other call is a conflict."""
    engaged = {row["user_id"] for row in store.in_a_call(conn, [user_id, *others]).fetchall()}
    if user_id in engaged:
        raise rules.in_another_call()
    return {other: CallState.BUSY if other in engaged else CallState.RINGING for other in others}


def _note(
    conn: Conn, principal: Principal, row: dict[str, str], states: dict[str, CallState], now: datetime
) -> None:
    store.note(conn, row["id"], "started", now, user_id=principal.user_id)
    for user_id, state in states.items():
        store.note(conn, row["id"], state.value, now, user_id=user_id)
    data = {name: row[name] for name in ("chat_id", "kind", "media_type")} | {"called": len(states)}
    emit(conn, kind="call.started", meeting_id=row["id"], user_id=principal.user_id, data=data, now=now)
    audit(
        conn,
        principal,
        event_type="call",
        action="start",
        target_type="call",
        target_id=row["id"],
        metadata=data,
        now=now,
    )


def _begin(principal: Principal, started: _Started, now: datetime) -> InCall:
    """After the commit: the timer first, so that what is rung is also ended."""
    call = started.call
    tell.look_again(call.id, rules.RINGING.seconds)
    ringing = {person.user_id for person in call.participants if person.state is CallState.RINGING}
    join = meetings.enter_call_room(principal, call.id, now) if ringing else None
    tell.ring(call, ringing, now)
    others = [person.user_id for person in call.participants if person.user_id not in ringing]
    delivery.publish_to_many(others, "call.updated", told(CallReply(call=call)), now=now)
    chat.announce_message(started.message, now)
    notices.send(started.notices, now)
    if not ringing and (ended := step(call.id, now)) is not None:
        # Everybody who could answer is in another call.
        tell.tell(ended, now)
        return InCall(call=ended.call, join=None)
    return InCall(call=call, join=join)


def nobody_to_call() -> Problem:
    return conflict("nobody_to_call", "There is nobody else.", title="Nobody to call")
