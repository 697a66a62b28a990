"""Tell everybody what a step has made of a call, after it is committed."""

from collections.abc import Set as AbstractSet
from datetime import datetime

from convoke.backends import queues
from convoke.calls import live, views
from convoke.calls.actions import notices
from convoke.calls.actions.step import Step
from convoke.calls.model import Call, CallNote, CallReply, CallState
from convoke.chat import actions as chat
from convoke.delivery import actions as delivery
from convoke.meetings import actions as meetings
from convoke.meetings.model import told
from convoke.settings import settings


def tell(step: Step, now: datetime) -> None:
    """To all devices of all who are or were called; what is over is over in its room too."""
    call = step.call
    ended = [user_id for user_id, state in step.changed.items() if state is CallState.ENDED]
    if step.over:
        live.close(call.id)
    elif ended:
        live.forget(call.id, ended)
    if step.changed or step.status_changed:
        ringing = {user_id for user_id, state in step.changed.items() if state is CallState.RINGING}
        _publish(call, ringing, step.unnamed, "call.ringing", now)
        others = {person.user_id for person in call.participants} - ringing
        _publish(call, others, step.unnamed, "call.ended" if step.over else "call.updated", now)
    if step.room is not None and call.end_reason is not None:
        meetings.announce_closed_room(step.room, reason=call.end_reason, now=now)
    for stray in step.strays:
        if stray.put_out:
            meetings.put_out_of_call_room(stray.participant_id, call.id, user_id=stray.user_id, now=now)
        else:
            meetings.leave_call_room(stray.participant_id, call.id, reason=stray.reason, now=now)
    if step.message is not None:
        chat.announce_message(step.message, now)
    notices.send(step.notices, now)


def ring(call: Call, user_ids: set[str], now: datetime) -> None:
    """On all their devices, in the same moment. None of them has blocked the caller."""
    _publish(call, user_ids, frozenset(), "call.ringing", now)


def _publish(
    call: Call, user_ids: AbstractSet[str], unnamed: frozenset[str], event: str, now: datetime
) -> None:
    for whom, seen in ((user_ids - unnamed, call), (user_ids & unnamed, views.unnamed(call))):
        if whom:
            delivery.publish_to_many(sorted(whom), event, told(CallReply(call=seen)), now=now)


def answered_elsewhere(user_id: str, call_id: str, now: datetime) -> None:
    """Their other devices stop ringing. That which has answered hears it too: its numbers have no hole."""
    data = told(CallNote(call_id=call_id))
    delivery.publish_to_principal(user_id, "call.answered_elsewhere", data, now=now)


def look_again(call_id: str, seconds: int) -> None:
    """Have somebody look after this time what has become of a call (functions/jobs/expire_calls.py)."""
    queues.send(settings().calls_queue_url, {"call_id": call_id}, seconds)
