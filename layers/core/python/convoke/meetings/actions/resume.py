"""Take up again after a break: the new socket stands for the participant and gets what the old one missed."""

from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import transaction
from convoke.delivery import actions as delivery
from convoke.delivery.model import USER_SCOPE, user_scope
from convoke.meetings import live, rules, views
from convoke.meetings.actions import announce
from convoke.meetings.actions.enter_meeting import lobby_of, roster_of
from convoke.meetings.actions.record import record
from convoke.meetings.caller import Caller
from convoke.meetings.messages import Missed, Resumed, ResumeRequest
from convoke.meetings.store import breakouts, meetings, participants

Rows = psycopg.Cursor[DictRow]

RESUMABLE = ("joined", "waiting", "invited")


def resume(caller: Caller, request: ResumeRequest) -> Resumed:
    """Bind this connection to the participant again and give what was missed of each scope.

    `self` is null when the place is gone: the client joins again. Raises Problem `not_own_participant`.
    """
    participant_id = request.participant_id or caller.participant_id
    if participant_id is None:
        return Resumed(me=None, scopes=_missed(caller, request, None))
    if caller.principal.user_id is None and caller.principal.participant_id != participant_id:
        raise rules.not_own_participant()
    with transaction(caller.principal) as conn:
        # The query asks whose row it is. Row security would not do: a host may change everybody's.
        before = participants.by_owner(
            conn, participant_id, user_id=caller.principal.user_id, guest_id=caller.principal.participant_id
        ).fetchone()
        if before is None or before["status"] not in RESUMABLE:
            return Resumed(me=None, scopes=_missed(caller, request, None))
        missed = _take_up(caller, request, before)
        written = _write(conn, caller, before)
    return _resumed(caller, before, missed, *(cursor.fetchall() for cursor in written))


def _take_up(caller: Caller, request: ResumeRequest, before: DictRow) -> dict[str, Missed]:
    delivery.bind(caller.connection_id, participant_id=before["id"], meeting_id=before["meeting_id"])
    live.touch(before["id"], before["meeting_id"], caller.connection_id, caller.now)
    return _missed(caller, request, before["meeting_id"] if before["status"] == "joined" else None)


def _write(
    conn: psycopg.Connection[DictRow], caller: Caller, before: DictRow
) -> tuple[Rows, Rows, Rows, Rows]:
    """The row by its connection, then roster and meeting as they are after the subscription."""
    meeting_id, participant_id = before["meeting_id"], before["id"]
    if _is_new(caller, before):
        row = participants.connect(
            conn,
            participant_id,
            user_id=before["user_id"],
            connection_id=caller.connection_id,
            statuses=RESUMABLE,
            now=caller.now,
        )
        record(conn, "participant.reconnected", before, caller.now)
    else:
        row = participants.one(conn, meeting_id, participant_id)
    return (
        row,
        participants.roster(conn, meeting_id, "joined", "waiting"),
        meetings.by_id(conn, meeting_id),
        breakouts.whole(conn, meeting_id),
    )


def _is_new(caller: Caller, before: DictRow) -> bool:
    """False for a client that has only missed an event: it resumes on the socket that it has."""
    was: tuple[str | None, str] = (before["connection_id"], before["connection"])
    return was != (caller.connection_id, "connected")


def _resumed(  # noqa: PLR0917 (what the transaction has found)
    caller: Caller,
    before: DictRow,
    missed: dict[str, Missed],
    rows: list[DictRow],
    everyone: list[DictRow],
    found: list[DictRow],
    rooms: list[DictRow],
) -> Resumed:
    [row], meeting_id = rows, before["meeting_id"]
    me = views.participant_of(row)
    if row["status"] != "joined":
        return Resumed(me=me, scopes=missed)
    if before["connection_id"] != caller.connection_id:
        announce.taken_over(before["connection_id"], row, caller.now)
    announce.engaged(row, found[0], caller)
    if _is_new(caller, before):
        announce.participant_changed("participant.updated", row, caller.now)
    scope = missed.get(announce.meeting_scope(meeting_id))
    # Who has missed nothing of the meeting may know more of it already than this roster does.
    if scope is None or not scope.reload:
        return Resumed(me=me, scopes=missed)
    afresh: dict[str, Any] = {
        "meeting": views.meeting_of(found[0]),
        "participants": roster_of([person for person in everyone if person["status"] == "joined"]),
        "lobby": lobby_of(everyone) if row["role"] in rules.LEADERS else None,
        "breakouts": views.breakouts_of(rooms[0] if rooms else None),
    }
    return Resumed(me=me, scopes=missed, **afresh)


def _missed(caller: Caller, request: ResumeRequest, meeting_id: str | None) -> dict[str, Missed]:
    """Subscribed first, then replayed: nothing falls between, and clients know what they have by number."""
    allowed = {USER_SCOPE: user_scope(caller.principal.key)}
    if meeting_id is not None:
        for scope in (announce.meeting_scope(meeting_id), announce.chat_scope(meeting_id)):
            delivery.subscribe(caller.connection_id, scope, now=caller.now)
            allowed[scope] = scope
    found = {}
    for name, last in request.scopes.items():
        found[name] = _of_scope(allowed[name], last, caller) if name in allowed else Missed(reload=True)
    return found


def _of_scope(scope: str, last: int, caller: Caller) -> Missed:
    events = delivery.replay(scope, last)
    if events is not None:
        return Missed(events=events)
    return Missed(reload=True, seq=delivery.last_seq(scope, caller.now))
