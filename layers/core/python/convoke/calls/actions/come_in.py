"""Answer a call, or come into one that goes on."""

from datetime import datetime

from psycopg.errors import UniqueViolation

from convoke.backends.postgres import System, transaction
from convoke.calls import rules, store
from convoke.calls.actions import tell
from convoke.calls.actions.step import Act, Conn, Deed, Held, Step, is_in, step
from convoke.calls.model import MOST_PEOPLE, CallState, InCall
from convoke.chat import actions as chat
from convoke.errors import Problem, conflict, not_found
from convoke.identity.model import Principal, require_user
from convoke.meetings import actions as meetings
from convoke.meetings.model import Joined
from convoke.operations.actions import audit, limit

PER_MINUTE = 60
# A moment after who has answered must be in the room.
ARRIVAL_SECONDS = rules.ARRIVAL.seconds + 2


def answer(principal: Principal, call_id: str, now: datetime) -> InCall:
    """Take a call that rings, on one device: the others hear that it is answered elsewhere.

    Raises Problem `answered_elsewhere` (409), `call_over` (410), `in_another_call` (409), 404.
    """
    return come_in(principal, call_id, now, again=False)


def come_in(principal: Principal, call_id: str, now: datetime, *, again: bool = True) -> InCall:
    """Into a call, for the first time or back again, also from another device."""
    user_id = require_user(principal)
    limit("calls_answer", principal.key, per_minute=PER_MINUTE, now=now)
    try:
        done = step(call_id, now, _coming(principal, user_id, now, again=again))
    except UniqueViolation as error:
        raise rules.in_another_call() from error
    if done is None:
        raise not_found()
    if done.over:
        tell.tell(done, now)
        raise rules.over()
    join = _enter(principal, call_id, now)
    tell.look_again(call_id, ARRIVAL_SECONDS)
    tell.tell(done, now)
    tell.answered_elsewhere(user_id, call_id, now)
    _busy_for_others(user_id, call_id, now)
    return InCall(call=done.seen_by(user_id), join=join)


def _coming(principal: Principal, user_id: str, now: datetime, *, again: bool) -> Act:
    def act(conn: Conn, held: Held) -> Deed:
        _require_welcome(conn, held, user_id)
        if not held.is_open:
            raise rules.over()
        if is_in(held, user_id) and not again:
            raise rules.answered_elsewhere()
        before = held.state_of(user_id)
        audit(
            conn,
            principal,
            event_type="call",
            action="answer",
            target_type="call",
            target_id=held.row["id"],
            now=now,
        )
        if before is CallState.INITIATOR:
            return Deed(states={user_id: before}, event="joined")
        first = before is CallState.RINGING
        return Deed(states={user_id: CallState.ANSWERED}, event="answered" if first else "joined")

    return act


def _require_welcome(conn: Conn, held: Held, user_id: str) -> None:
    """Whoever was called may come, and the members of the chat, who may have joined it since; who was put out
    of it not again, unless somebody rings them after that."""
    if user_id in held.put_out:
        raise not_found()
    if user_id in held.people:
        return
    if user_id not in chat.member_ids(conn, held.row["chat_id"]):
        raise not_found()
    if len(held.people) >= MOST_PEOPLE:
        raise call_full()


def _enter(principal: Principal, call_id: str, now: datetime) -> Joined:
    try:
        return meetings.enter_call_room(principal, call_id, now)
    except Problem as problem:
        if problem.slug == "meeting_ended":
            raise rules.over() from problem
        raise


def _busy_for_others(user_id: str, call_id: str, now: datetime) -> None:
    """Whoever else calls at this moment hears that they are in a call."""

    def act(conn: Conn, held: Held) -> Deed:
        rings = held.is_open and held.state_of(user_id) is CallState.RINGING
        return Deed(states={user_id: CallState.BUSY}) if rings else Deed()

    with transaction(System()) as conn:
        ringing = store.ringing_elsewhere(conn, user_id, call_id)
    for other in ringing.fetchall():
        done: Step | None = step(other["id"], now, act)
        if done is not None:
            tell.tell(done, now)


def call_full() -> Problem:
    return conflict("call_full", f"At most {MOST_PEOPLE} people are in a call.", title="The call is full")
