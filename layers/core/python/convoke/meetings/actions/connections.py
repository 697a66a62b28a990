"""A socket opens, proves that it lives, takes over after a break, and goes."""

from datetime import datetime

from convoke.backends import queues
from convoke.backends.postgres import System, transaction
from convoke.delivery import actions as delivery
from convoke.delivery.model import LOG_EVENTS, USER_SCOPE, user_scope
from convoke.events import emit
from convoke.identity import actions as identity
from convoke.identity.model import Principal
from convoke.meetings import live, rules, views
from convoke.meetings.actions import announce
from convoke.meetings.actions.enter_meeting import lobby_of, roster_of
from convoke.meetings.caller import Caller
from convoke.meetings.messages import Missed, Nothing, Now, Resumed, ResumeRequest
from convoke.meetings.store import meetings, participants
from convoke.settings import settings

# So long a participant without a socket stays in the meeting, shown as reconnecting.
DEPARTURE_SECONDS = 20
RESUMABLE = ("joined", "waiting", "invited")


def open_socket(connection_id: str, ticket: str, now: datetime) -> None:
    """Let a socket in by its ticket. Raises Problem 401 for one that is unknown, used or too old."""
    principal = identity.redeem_ticket(ticket, now)
    delivery.open_connection(connection_id, principal, now)
    if principal.participant_id and principal.meeting_id:
        live.touch(principal.participant_id, principal.meeting_id, connection_id, now)
        with transaction(principal) as conn:
            participants.connect(
                conn,
                principal.participant_id,
                user_id=principal.user_id,
                connection_id=connection_id,
                statuses=["waiting", "invited"],
                now=now,
            )


def caller_of(connection_id: str, now: datetime) -> Caller:
    """Who sends on this connection. Raises Problem `connection_unknown`: clients connect anew and resume."""
    state = delivery.connection(connection_id)
    if state is None:
        raise delivery.connection_unknown()
    return Caller(connection_id, state.principal, state.participant_id, state.meeting_id, now)


def ping(caller: Caller, request: Nothing) -> Now:
    if caller.participant_id and caller.meeting_id:
        live.touch(caller.participant_id, caller.meeting_id, caller.connection_id, caller.now)
    return Now(now=caller.now)


def lose_connection(connection_id: str, now: datetime) -> None:
    """A socket has gone: its participant is reconnecting, and leaves unless it comes back in time."""
    state = delivery.close_connection(connection_id)
    if state is not None and state.participant_id is None:
        return
    # As the system: nobody asks for it. Without a state (Redis was flushed) the row still knows who it was.
    with transaction(System()) as conn:
        row = participants.lose_connection(conn, connection_id, now).fetchone()
        if row is None:
            return
        emit(
            conn,
            kind="participant.connection_lost",
            meeting_id=row["meeting_id"],
            user_id=row["user_id"],
            participant_id=row["id"],
            now=now,
        )
    live.drop(row["id"], connection_id)
    message = {"participant_id": row["id"], "meeting_id": row["meeting_id"], "connection_id": connection_id}
    queues.send(settings().departures_queue_url, message, DEPARTURE_SECONDS)
    if row["status"] == "joined":
        announce.participant_changed("participant.updated", row, now)


def resume(caller: Caller, request: ResumeRequest) -> Resumed:
    """Bind this connection to the participant again and give what was missed of each scope.

    `self` is null when the place is gone: the client joins again.
    """
    participant_id = request.participant_id or caller.participant_id
    if participant_id is None:
        return Resumed(me=None, scopes=_missed(caller, request, None))
    principal = _as_participant(caller, participant_id)
    # In one transaction the row says whether it is the caller's own; row security alone would not do, since a
    # host may change everybody's row.
    with transaction(principal) as conn:
        before = participants.by_owner(
            conn, participant_id, user_id=caller.principal.user_id, guest_id=caller.principal.participant_id
        ).fetchone()
        if before is None or before["status"] not in RESUMABLE:
            return Resumed(me=None, scopes=_missed(caller, request, None))
        meeting_id: str = before["meeting_id"]
        delivery.bind(caller.connection_id, participant_id=participant_id, meeting_id=meeting_id)
        live.touch(participant_id, meeting_id, caller.connection_id, caller.now)
        inside = meeting_id if before["status"] == "joined" else None
        missed = _missed(caller, request, inside)
        row = participants.connect(
            conn,
            participant_id,
            user_id=caller.principal.user_id,
            connection_id=caller.connection_id,
            statuses=RESUMABLE,
            now=caller.now,
        )
        everyone = participants.roster(conn, meeting_id, "joined", "waiting")
        meeting = meetings.by_id(conn, meeting_id)
        emit(
            conn,
            kind="participant.reconnected",
            meeting_id=meeting_id,
            user_id=before["user_id"],
            participant_id=participant_id,
            now=caller.now,
        )
    me = row.fetchone()
    if me is None:
        return Resumed(me=None, scopes={scope: Missed(reload=True) for scope in request.scopes})
    if inside and before["connection_id"] != caller.connection_id:
        announce.take_off(before["connection_id"], meeting_id)
    if inside:
        announce.participant_changed("participant.updated", me, caller.now)
    afresh = inside and missed.get(announce.meeting_scope(meeting_id), Missed(reload=True)).reload
    if not afresh:
        return Resumed(me=views.participant_of(me), scopes=missed)
    people = everyone.fetchall()
    return Resumed(
        me=views.participant_of(me),
        scopes=missed,
        meeting=views.meeting_of(meeting.fetchone() or {}),
        participants=roster_of([person for person in people if person["status"] == "joined"]),
        lobby=lobby_of(people) if me["role"] in rules.LEADERS else None,
    )


def _as_participant(caller: Caller, participant_id: str) -> Principal:
    """A guest is the participant of the ticket and no other; a user is asked for by user id."""
    if caller.principal.user_id is None and caller.principal.participant_id != participant_id:
        raise rules.not_own_participant()
    return caller.principal


def _missed(caller: Caller, request: ResumeRequest, meeting_id: str | None) -> dict[str, Missed]:
    """Subscribed first, then replayed: nothing falls between, and clients know what they have by number."""
    user = user_scope(caller.principal.key)
    allowed = {USER_SCOPE: (user, delivery.last_seq(user, caller.now))}
    if meeting_id is not None:
        for scope in (announce.meeting_scope(meeting_id), announce.chat_scope(meeting_id)):
            allowed[scope] = (scope, delivery.subscribe(caller.connection_id, scope, now=caller.now))
    found = {}
    for name, last in request.scopes.items():
        scope, current = allowed.get(name, ("", 0))
        events = delivery.replay(scope, last) if scope and 0 <= current - last <= LOG_EVENTS else None
        found[name] = Missed(reload=True) if events is None else Missed(events=events)
    return found
