"""What becomes of a call: pure decisions over who is rung, who is in its room and what time it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from convoke.calls.model import IN_CALL, CallKind, CallState, CallStatus, EndReason
from convoke.errors import Problem, conflict, forbidden

RINGING = timedelta(seconds=45)
# A timer's message may come a moment before the instant that is written beside it.
EARLY = timedelta(seconds=1)
# From starting or answering a call to being in its room.
ARRIVAL = timedelta(seconds=30)
# Clients ping every 10 s: three were missed, and a slow network.
SILENCE = timedelta(seconds=35)


@dataclass(frozen=True)
class Person:
    """Somebody's part in a call; `rings_until` is set for who is or was rung.

    `put_out`: when they went, or were taken, out of the call's chat. Then they are out of the call too.
    """

    user_id: str
    state: CallState
    rings_until: datetime | None
    updated_at: datetime
    put_out: datetime | None = None


@dataclass(frozen=True)
class Place:
    """Somebody's place in the room of a call (`meeting_participants`)."""

    status: str
    admitted_at: datetime | None
    left_at: datetime | None
    leave_reason: str | None


@dataclass(frozen=True)
class Known:
    """A call and its people as they stand in the store."""

    kind: CallKind
    status: CallStatus
    people: Sequence[Person]


@dataclass(frozen=True)
class Left:
    """Who is not in the room any more, why, and when they went if that is known."""

    user_id: str
    reason: EndReason
    at: datetime


@dataclass(frozen=True)
class Verdict:
    """What a call has become: the new states of those whose state changes, and its end if it has one."""

    states: Mapping[str, CallState]
    left: Sequence[Left]
    status: CallStatus
    reason: EndReason | None = None
    ended_by: str | None = None

    @property
    def over(self) -> bool:
        return self.reason is not None


def settle(
    call: Known, places: Mapping[str, Place], now: datetime, *, leaving: Sequence[Left] = ()
) -> Verdict:
    """What a call has come to, from what is written, who is in its room, and who leaves it now.

    Asked again of what came of it, nothing changes any more.
    """
    going = {gone.user_id for gone in leaving}
    left = [*leaving]
    left += [
        gone
        for person in call.people
        if person.user_id not in going and (gone := _gone(person, places, now)) is not None
    ]
    states = {gone.user_id: CallState.ENDED for gone in left}
    for person in call.people:
        if person.state is CallState.RINGING and person.put_out is None and rings_no_more(person, now):
            states[person.user_id] = CallState.MISSED
    after = {person.user_id: states.get(person.user_id, person.state) for person in call.people}
    end = _end(call, after, left)
    if end is None:
        return Verdict(states, left, call.status)
    status, reason, ended_by = end
    for user_id, state in after.items():
        if state in IN_CALL:
            states[user_id] = CallState.ENDED
        elif state is CallState.RINGING:
            states[user_id] = CallState.MISSED
    return Verdict(states, left, status, reason, ended_by)


def rings_no_more(person: Person, now: datetime) -> bool:
    return person.rings_until is not None and person.rings_until <= now + EARLY


def _gone(person: Person, places: Mapping[str, Place], now: datetime) -> Left | None:
    if person.put_out is not None and person.state in (*IN_CALL, CallState.RINGING):
        return Left(person.user_id, EndReason.HANGUP, person.put_out)
    # Who comes at this moment is on the way, whatever the room remembers of them.
    if person.state not in IN_CALL or person.updated_at >= now:
        return None
    place = places.get(person.user_id)
    if place is not None and place.status == "joined":
        return None
    came = person.updated_at
    if place is not None and place.status in ("left", "removed") and (place.left_at or now) >= came:
        lost = place.leave_reason == "connection_lost"
        return Left(
            person.user_id, EndReason.CONNECTION_LOST if lost else EndReason.HANGUP, place.left_at or now
        )
    admitted = place.admitted_at if place is not None and place.admitted_at else came
    if max(admitted, came) > now - ARRIVAL:
        return None
    return Left(person.user_id, EndReason.CONNECTION_LOST, now)


def _end(
    call: Known, after: Mapping[str, CallState], left: Sequence[Left]
) -> tuple[CallStatus, EndReason, str | None] | None:
    inside = [user_id for user_id, state in after.items() if state in IN_CALL]
    last = max(left, key=lambda gone: gone.at, default=None)
    if call.status is CallStatus.RINGING:
        return _end_of_ringing(call, after, inside, last)
    if len(inside) >= (2 if call.kind is CallKind.ONE_TO_ONE else 1):
        return None
    reason = last.reason if last is not None else EndReason.HANGUP
    return CallStatus.ENDED, reason, last.user_id if last and reason is EndReason.HANGUP else None


def _end_of_ringing(
    call: Known, after: Mapping[str, CallState], inside: Sequence[str], last: Left | None
) -> tuple[CallStatus, EndReason, str | None] | None:
    """Nobody has answered yet: the caller may give up, and there may be nobody left to answer."""
    if not inside:
        if last is not None and last.reason is EndReason.CONNECTION_LOST:
            return CallStatus.CANCELLED, EndReason.CONNECTION_LOST, None
        return CallStatus.CANCELLED, EndReason.CANCELLED, last.user_id if last else None
    if CallState.RINGING in after.values():
        return None
    others = [state for user_id, state in after.items() if user_id not in inside]
    if others and all(state is CallState.BUSY for state in others):
        return CallStatus.BUSY, EndReason.BUSY, None
    if others and all(state is CallState.DECLINED for state in others):
        by = next(user_id for user_id, state in after.items() if state is CallState.DECLINED)
        return CallStatus.DECLINED, EndReason.DECLINED, by if call.kind is CallKind.ONE_TO_ONE else None
    return CallStatus.MISSED, EndReason.NO_ANSWER, None


def over() -> Problem:
    return Problem("call_over", 410, "The call is over")


def answered_elsewhere() -> Problem:
    return conflict("answered_elsewhere", "Another of your devices has it.", title="Answered elsewhere")


def in_another_call() -> Problem:
    return conflict("in_another_call", "Leave it first.", title="You are in another call")


def not_caller() -> Problem:
    return forbidden("not_caller", "Only who calls may cancel; decline, or leave.")


def not_in_call() -> Problem:
    return forbidden("not_in_call", "Only people in the call may do this.")
