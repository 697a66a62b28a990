"""Decline, cancel and leave: over REST and `call.*`, and by leaving the room as one leaves a meeting."""

from datetime import datetime

from convoke.backends.postgres import System, transaction
from convoke.calls import rules, store
from convoke.calls.actions import tell
from convoke.calls.actions.step import Act, Conn, Deed, Held, is_in, step
from convoke.calls.model import CallReply, CallState, EndReason
from convoke.calls.rules import Left
from convoke.errors import conflict, not_found
from convoke.identity.model import Principal, require_user
from convoke.meetings import actions as meetings
from convoke.meetings.caller import Caller
from convoke.meetings.messages import Done, Entered, EnterRequest, Nothing
from convoke.operations.actions import audit


def decline(principal: Principal, call_id: str, now: datetime) -> CallReply:
    """Do not take it, on all devices. Once more, or too late, is no error."""

    def act(conn: Conn, held: Held) -> Deed:
        state = held.state_of(principal.user_id)
        if state is None:
            raise not_found()
        if not held.is_open or state is not CallState.RINGING:
            return Deed()
        _note(conn, principal, call_id, "decline", now)
        return Deed(states={principal.key: CallState.DECLINED})

    return _do(principal, call_id, now, act)


def cancel(principal: Principal, call_id: str, now: datetime) -> CallReply:
    """Stop ringing. Raises Problem `not_caller` (403), `call_answered` (409): then one leaves."""

    def act(conn: Conn, held: Held) -> Deed:
        if held.state_of(principal.user_id) is None:
            raise not_found()
        if principal.user_id != held.row["initiator_id"]:
            raise rules.not_caller()
        if held.row["status"] == "answered":
            raise conflict("call_answered", "Leave it instead.", title="The call was answered")
        return _leaving(conn, held, principal, "cancel", now)

    return _do(principal, call_id, now, act)


def leave_call(principal: Principal, call_id: str, now: datetime) -> CallReply:
    """Hang up, with or without a socket. Once more is no error."""

    def act(conn: Conn, held: Held) -> Deed:
        if held.state_of(principal.user_id) is None:
            raise not_found()
        return _leaving(conn, held, principal, "leave", now)

    return _do(principal, call_id, now, act)


def settle(call_id: str, now: datetime) -> bool:
    """See what has become of a call, if it is one; whether something has changed."""
    done = step(call_id, now)
    if done is not None:
        tell.tell(done, now)
    return done is not None


def member_left(chat_id: str, now: datetime) -> None:
    """Somebody is in a chat no more: out of the call that goes on there too, and not rung for it any longer.

    After the commit of the leaving, which `step` finds. Where this is not reached, the sweep does it.
    """
    with transaction(System()) as conn:
        found = store.open_in(conn, chat_id)
    row = found.fetchone()
    if row is not None:
        settle(row["id"], now)


def leave(caller: Caller, request: Nothing) -> Done:
    """Leave the meeting, or the call, that this socket is in. Of a meeting nothing more is asked."""
    member = caller.member()
    if meetings.leave_place(caller) in ("call", None):
        settle(member.meeting_id, caller.now)
    return Done()


def enter(caller: Caller, request: EnterRequest) -> Entered:
    """Come into a meeting or a call; the call that this socket was in goes on without it, or ends."""
    entered = meetings.enter_meeting(caller, request)
    if caller.meeting_id is not None and caller.meeting_id != entered.meeting.id:
        settle(caller.meeting_id, caller.now)
    return entered


def expire_departure(participant_id: str, meeting_id: str, connection_id: str, now: datetime) -> bool:
    """Whoever has not come back in time has left the meeting or the call."""
    left = meetings.expire_departure(participant_id, meeting_id, connection_id, now)
    if left:
        settle(meeting_id, now)
    return left


def _do(principal: Principal, call_id: str, now: datetime, act: Act) -> CallReply:
    require_user(principal)
    done = step(call_id, now, act)
    if done is None:
        raise not_found()
    tell.tell(done, now)
    return CallReply(call=done.seen_by(principal.user_id))


def _leaving(conn: Conn, held: Held, principal: Principal, action: str, now: datetime) -> Deed:
    if not held.is_open or not is_in(held, principal.user_id):
        return Deed()
    _note(conn, principal, held.row["id"], action, now)
    return Deed(leaving=[Left(principal.key, EndReason.HANGUP, now)])


def _note(conn: Conn, principal: Principal, call_id: str, action: str, now: datetime) -> None:
    audit(conn, principal, event_type="call", action=action, target_type="call", target_id=call_id, now=now)
