"""One step of a call: what somebody does to it, what it has come to by that, and all that follows, at once.

Every change of a call goes through `step`, and it always looks at the whole: at who rings, and at who is in
the room. So whatever a process that died in between has left undone, the next step does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.calls import rules, store, views
from convoke.calls.actions import notices as notes
from convoke.calls.actions.notices import Notices
from convoke.calls.model import IN_CALL, OPEN, Call, CallKind, CallState, CallStatus, EndReason
from convoke.calls.rules import Known, Left, Person, Place, Verdict
from convoke.chat import actions as chat
from convoke.chat.model import StoredMessage
from convoke.events import emit
from convoke.meetings import actions as meetings
from convoke.meetings.actions.end_meeting import Ending

Conn = psycopg.Connection[DictRow]


@dataclass(frozen=True)
class Held:
    """A call with its people and the places in its room, held until commit."""

    row: DictRow
    people: Mapping[str, DictRow]
    places: Mapping[str, DictRow]
    put_out: Mapping[str, datetime]
    """Who has left the chat since they were called, and when."""

    @property
    def is_open(self) -> bool:
        return self.row["status"] in OPEN

    def state_of(self, user_id: str | None) -> CallState | None:
        person = self.people.get(user_id or "")
        return CallState(person["state"]) if person else None


@dataclass(frozen=True)
class Deed:
    """What somebody does: the new states of people, or that they leave; the default is nothing at all."""

    states: Mapping[str, CallState] = field(default_factory=dict)
    leaving: Sequence[Left] = ()
    rings_until: datetime | None = None
    unnamed: frozenset[str] = frozenset()
    """Who of those that come newly has blocked the one who began it."""
    event: str | None = None
    makes_group: bool = False


@dataclass(frozen=True)
class Stray:
    """Somebody who is out of a call and has a place in its room still; `put_out`: not by their own doing."""

    participant_id: str
    user_id: str
    reason: str
    put_out: bool


@dataclass(frozen=True)
class Step:
    """A call after a step, and what has to be told of it."""

    call: Call
    unnamed: frozenset[str]
    """Who sees it without the name of the one who began it (`views.unnamed`)."""
    changed: Mapping[str, CallState]
    status_changed: bool
    message: StoredMessage | None
    notices: Notices
    room: Ending | None
    strays: Sequence[Stray]

    @property
    def over(self) -> bool:
        return self.call.status not in OPEN

    def seen_by(self, user_id: str | None) -> Call:
        return views.unnamed(self.call) if user_id in self.unnamed else self.call


Act = Callable[[Conn, Held], Deed]


def step(call_id: str, now: datetime, act: Act | None = None) -> Step | None:
    """Do something to a call and see what becomes of it. None: there is none, or nothing was to be done.

    As the system: what one person does changes what others may see. `act` checks who may.
    """
    with transaction(System()) as conn:
        held = _hold(conn, call_id)
        if held is None or (act is None and not held.is_open):
            return None
        deed = act(conn, held) if act else Deed()
        if held.is_open:
            verdict = _settle(held, deed, now)
            done = _write(conn, held, deed, verdict, now)
        else:
            done = _Done(states={}, status_changed=False)
        after, found = store.by_id(conn, call_id), store.people(conn, [call_id])
    if act is None and not done.states and not done.status_changed and not done.strays:
        return None
    people = found.fetchall()
    return Step(
        call=views.call_of(after.fetchone() or {}, people),
        unnamed=views.who_see_it_unnamed(people),
        changed=done.states,
        status_changed=done.status_changed,
        message=done.message,
        notices=done.notices,
        room=done.room,
        strays=done.strays,
    )


@dataclass(frozen=True)
class _Done:
    states: Mapping[str, CallState]
    status_changed: bool
    message: StoredMessage | None = None
    notices: Notices = notes.NONE
    room: Ending | None = None
    strays: Sequence[Stray] = ()


def _hold(conn: Conn, call_id: str) -> Held | None:
    held = store.by_id(conn, call_id, lock=True)
    people = store.people(conn, [call_id])
    places = meetings.people_of_call_room(conn, call_id)
    put_out = store.put_out(conn, call_id)
    row = held.fetchone()
    if row is None:
        return None
    return Held(
        row=row,
        people={person["user_id"]: person for person in people.fetchall()},
        places={place["user_id"]: place for place in places.fetchall() if place["user_id"]},
        put_out={person["user_id"]: person["left_at"] for person in put_out.fetchall()},
    )


def _settle(held: Held, deed: Deed, now: datetime) -> Verdict:
    people = {
        user_id: Person(
            user_id,
            CallState(row["state"]),
            row["rings_until"],
            row["updated_at"],
            held.put_out.get(user_id),
        )
        for user_id, row in held.people.items()
    }
    people |= {
        user_id: Person(user_id, state, deed.rings_until, now) for user_id, state in deed.states.items()
    }
    status = CallStatus(held.row["status"])
    if status is CallStatus.RINGING and CallState.ANSWERED in deed.states.values():
        status = CallStatus.ANSWERED
    known = Known(
        kind=CallKind.GROUP if deed.makes_group else CallKind(held.row["kind"]),
        status=status,
        people=list(people.values()),
    )
    places = {user_id: _place(row) for user_id, row in held.places.items()}
    return rules.settle(known, places, now, leaving=deed.leaving)


def _place(row: DictRow) -> Place:
    return Place(row["status"], row["admitted_at"], row["left_at"], row["leave_reason"])


def _write(conn: Conn, held: Held, deed: Deed, verdict: Verdict, now: datetime) -> _Done:
    call_id, states = held.row["id"], {**deed.states, **verdict.states}
    changes = _changes(held, deed, verdict, now)
    status_changed = "status" in changes
    if not states and not changes:
        return _Done(states={}, status_changed=False, strays=_strays(held, states, verdict))
    store.set_states(conn, call_id, states, now, rings_until=deed.rings_until)
    store.change(conn, call_id, changes, now)
    _note(conn, held, deed, verdict, changes=changes, now=now)
    after = held.row | changes
    unnamed = views.who_see_it_unnamed(held.people.values()) | deed.unnamed
    told = notes.write(conn, after, held.people, before=_states(held), after=states, unnamed=unnamed, now=now)
    room = meetings.close_call_room(conn, call_id, reason=verdict.reason, now=now) if verdict.reason else None
    message = None
    if status_changed and held.row["message_id"]:
        # Last before the commit: it holds the chat, in which people write meanwhile.
        message = chat.update_call(
            conn, held.row["chat_id"], held.row["message_id"], views.message_of(after), now
        )
    return _Done(
        states=states,
        status_changed=status_changed,
        message=message,
        notices=told,
        room=room,
        strays=_strays(held, states, verdict) if room is None else (),
    )


def _states(held: Held) -> dict[str, CallState]:
    return {user_id: CallState(row["state"]) for user_id, row in held.people.items()}


def _changes(held: Held, deed: Deed, verdict: Verdict, now: datetime) -> dict[str, Any]:
    """Columns of the call that change."""
    changes: dict[str, Any] = {}
    if verdict.status != held.row["status"]:
        changes["status"] = verdict.status.value
    if held.row["answered_at"] is None and CallState.ANSWERED in deed.states.values():
        changes["answered_at"] = now
    if verdict.over:
        changes |= {"ended_at": now, "end_reason": verdict.reason, "ended_by": verdict.ended_by}
    if deed.makes_group and held.row["kind"] != CallKind.GROUP:
        changes["kind"] = CallKind.GROUP.value
    return changes


def _note(
    conn: Conn, held: Held, deed: Deed, verdict: Verdict, *, changes: Mapping[str, Any], now: datetime
) -> None:
    """What happened, in the call's own history and for the analytics."""
    row = held.row
    for user_id, state in deed.states.items():
        store.note(conn, row["id"], deed.event or state.value, now, user_id=user_id)
    for gone in verdict.left:
        store.note(conn, row["id"], "left", now, user_id=gone.user_id, reason=gone.reason)
    for user_id, state in verdict.states.items():
        if state is CallState.MISSED:
            store.note(conn, row["id"], "missed", now, user_id=user_id)
    if verdict.over:
        data = {"status": verdict.status.value, "duration_seconds": views.duration({**row, **changes})}
        kind = "cancelled" if verdict.status is CallStatus.CANCELLED else "ended"
        store.note(conn, row["id"], kind, now, user_id=verdict.ended_by, reason=verdict.reason, payload=data)
        emit(
            conn,
            kind="call.ended",
            meeting_id=row["id"],
            user_id=row["initiator_id"],
            data={**data, "reason": verdict.reason},
            now=now,
        )


def _strays(held: Held, states: Mapping[str, CallState], verdict: Verdict) -> list[Stray]:
    """Whoever is out of a call that goes on, or has come into its room when they were already."""
    after = _states(held) | dict(states)
    lost = {gone.user_id for gone in verdict.left if gone.reason is EndReason.CONNECTION_LOST}
    found = []
    for user_id, place in held.places.items():
        if place["status"] in ("joined", "invited") and after.get(user_id) not in IN_CALL:
            reason = "connection_lost" if user_id in lost else "voluntary"
            found.append(Stray(place["id"], user_id, reason, put_out=user_id in held.put_out))
    return found


def is_in(held: Held, user_id: str | None) -> bool:
    return held.state_of(user_id) in IN_CALL
