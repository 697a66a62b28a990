"""The room of a call: a meeting of type `call`, made, entered and closed for `convoke.calls` alone.

Nobody is host in it: two who talk to each other have no power over each other.
"""

import secrets
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from convoke.identity.model import Principal
from convoke.meetings.actions import announce, departures, end_meeting
from convoke.meetings.actions.end_meeting import Ending
from convoke.meetings.actions.join_meeting import join_meeting
from convoke.meetings.model import Joined, JoinRequest
from convoke.meetings.rules import new_code
from convoke.meetings.store import meetings, participants
from convoke.settings import settings


def open_call_room(
    conn: psycopg.Connection[DictRow], call_id: str, *, title: str, seats: int, now: datetime
) -> None:
    """In the transaction that makes the call, as the system."""
    row = {"id": call_id, "title": title, "seats": seats, "code": new_code(secrets.choice)}
    here = {"controller_id": settings().controller_id, "region": settings().region}
    meetings.insert_call_room(conn, row | here, now)


def enter_call_room(principal: Principal, call_id: str, now: datetime) -> Joined:
    """A place in the room and the ticket to it, for whom the call has let in."""
    return join_meeting(principal, call_id, JoinRequest(), now, to_call=True)


def people_of_call_room(conn: psycopg.Connection[DictRow], call_id: str) -> psycopg.Cursor[DictRow]:
    """Everybody who is, was or may come in, with id, user_id, status, admitted_at, left_at, leave_reason."""
    return participants.roster(conn, call_id, "joined", "invited", "left", "removed")


def leave_call_room(participant_id: str, call_id: str, *, reason: str, now: datetime) -> None:
    """Take somebody out who has left the call. Nothing for who is out already."""
    departures.depart(participant_id, call_id, reason=reason, from_status=["joined", "invited"], now=now)


def put_out_of_call_room(participant_id: str, call_id: str, *, user_id: str, now: datetime) -> None:
    """Take somebody out who may not stay, and tell them, as who is removed from a meeting.

    Their place is left, not removed: who is called in again must not wait at a door that nobody opens.
    """
    from_status = ["joined", "invited"]
    if departures.depart(participant_id, call_id, reason="kicked", from_status=from_status, now=now):
        row = {"meeting_id": call_id, "id": participant_id, "user_id": user_id}
        announce.to_person(row, "participant.removed", now)


def close_call_room(
    conn: psycopg.Connection[DictRow], call_id: str, *, reason: str, now: datetime
) -> Ending | None:
    """End the room with the call, in its transaction; None where it has ended before."""
    room = meetings.by_id(conn, call_id, lock=True).fetchone()
    if room is None or room["status"] in ("ended", "cancelled"):
        return None
    return end_meeting.finish(conn, call_id, status="ended", reason=reason, now=now)


def announce_closed_room(over: Ending, *, reason: str, now: datetime) -> None:
    """After the commit."""
    end_meeting.announce_end(over, reason=reason, now=now)
