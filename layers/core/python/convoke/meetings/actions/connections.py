"""A socket opens, proves that it lives, and goes."""

from datetime import datetime

from convoke.backends import queues
from convoke.backends.postgres import System, transaction
from convoke.delivery import actions as delivery
from convoke.events import emit
from convoke.identity import actions as identity
from convoke.meetings import live
from convoke.meetings.actions import announce
from convoke.meetings.caller import Caller
from convoke.meetings.messages import Nothing, Now
from convoke.meetings.store import participants
from convoke.settings import settings

# So long a participant without a socket stays in the meeting, shown as reconnecting.
DEPARTURE_SECONDS = 20


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
