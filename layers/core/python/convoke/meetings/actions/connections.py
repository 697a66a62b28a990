"""A socket opens, proves that it lives, and goes."""

from datetime import datetime

from convoke.backends import queues
from convoke.backends.postgres import System, transaction
from convoke.delivery import actions as delivery
from convoke.errors import Problem
from convoke.identity import actions as identity
from convoke.identity.model import Principal
from convoke.meetings import live
from convoke.meetings.actions import announce
from convoke.meetings.actions.record import record
from convoke.meetings.caller import Caller, joined_elsewhere
from convoke.meetings.messages import Nothing, Now
from convoke.meetings.store import participants
from convoke.presence import actions as presence
from convoke.settings import settings

# So long a participant without a socket stays in the meeting, shown as reconnecting; in a call, whose end
# it may be, a little longer.
DEPARTURE_SECONDS = 20
CALL_DEPARTURE_SECONDS = 30


def open_socket(connection_id: str, ticket: str, now: datetime) -> None:
    """Let a socket in by its ticket. Raises Problem 401 for one that is unknown, used or too old."""
    principal = identity.redeem_ticket(ticket, now)
    delivery.open_connection(connection_id, principal, now)
    _require_session(connection_id, principal)
    presence.came(principal, connection_id, now)
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


def _require_session(connection_id: str, principal: Principal) -> None:
    """Once more, now that the socket can be found: who ended the session meanwhile did not find it."""
    try:
        identity.require_session(principal)
    except Problem:
        delivery.close_connection(connection_id)
        raise


def caller_of(connection_id: str, now: datetime) -> Caller:
    """Who sends on this connection. Raises Problem `connection_unknown`: clients connect anew and resume."""
    state = delivery.connection(connection_id)
    if state is None:
        raise delivery.connection_unknown()
    return Caller(connection_id, state.principal, state.participant_id, state.meeting_id, now)


def ping(caller: Caller, request: Nothing) -> Now:
    """Raises Problem `joined_elsewhere` where another window or device has taken the place: the person is
    there all the same."""
    presence.beat(caller.principal, caller.connection_id, caller.now)
    if (
        caller.participant_id
        and caller.meeting_id
        and not live.beat(caller.participant_id, caller.meeting_id, caller.connection_id, caller.now)
    ):
        raise joined_elsewhere()
    return Now(now=caller.now)


def lose_connection(connection_id: str, now: datetime) -> None:
    """A socket has gone: its participant is reconnecting, and leaves unless it comes back in time."""
    state = delivery.close_connection(connection_id)
    if state is not None:
        presence.went(state.principal, connection_id, now)
    if state is not None and state.participant_id is None:
        return
    # As the system: nobody asks for it. Without a state (Redis was flushed) the row still knows who it was.
    with transaction(System()) as conn:
        lost = participants.lose_connection(conn, connection_id, now).fetchall()
        for row in lost:
            record(conn, "participant.connection_lost", row, now)
    for row in lost:
        live.drop(row["id"], connection_id)
        message = {name: row[name] for name in ("meeting_id", "connection_id")}
        message["participant_id"] = row["id"]
        patience = CALL_DEPARTURE_SECONDS if row["meeting_type"] == "call" else DEPARTURE_SECONDS
        queues.send(settings().departures_queue_url, message, patience)
        if row["status"] == "joined":
            announce.participant_changed("participant.updated", row, now)
