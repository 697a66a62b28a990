"""End a meeting: everybody leaves, durations are computed, media and chat close, all in it are told."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.chat import actions as chat
from convoke.delivery import actions as delivery
from convoke.events import emit
from convoke.identity.model import Principal
from convoke.media import actions as media
from convoke.meetings import rules, views
from convoke.meetings.actions import announce, change_meeting
from convoke.meetings.caller import Caller
from convoke.meetings.messages import Done, MeetingEnded, Nothing
from convoke.meetings.model import Meeting
from convoke.meetings.store import meetings, participants

# Late clients still get the end by replay; then the scope is forgotten.
ENDED_SCOPE_SECONDS = 120


@dataclass(frozen=True)
class Ending:
    """What a transaction has sent and will have fetched once it is committed."""

    meeting_id: str
    meeting: psycopg.Cursor[DictRow]
    people: psycopg.Cursor[DictRow]


def end_meeting(principal: Principal, reference: str, now: datetime) -> Meeting:
    """End it for all. Ending an ended meeting again answers with it as it is."""
    with transaction(principal) as conn:
        row = change_meeting.held(conn, reference)
        if row["status"] in ("ended", "cancelled"):
            return views.meeting_of(row)
        over = finish(conn, row["id"], status="ended", reason="ended_by_host", now=now)
        change_meeting.note(conn, principal, row["id"], kind=None, action="end", now=now)
    ended = announce_end(over, reason="ended_by_host", now=now)
    return views.meeting_of(ended or row)


def end_here(caller: Caller, request: Nothing) -> Done:
    """The same, from inside."""
    member = caller.member()
    with transaction(member.principal) as conn:
        meetings.by_id(conn, member.meeting_id, lock=True)
        rows = participants.locked(conn, member.meeting_id, [member.participant_id])
        actor = member.require_present(rows.fetchone())
        rules.require_leader(actor["role"])
        over = finish(conn, member.meeting_id, status="ended", reason="ended_by_host", now=caller.now)
        change_meeting.note(
            conn, member.principal, member.meeting_id, kind=None, action="end", now=caller.now
        )
    announce_end(over, reason="ended_by_host", now=caller.now)
    return Done()


def end_deserted(meeting_id: str, now: datetime) -> bool:
    """End an active meeting in which nobody is any more. As the system: there is nobody to ask."""
    with transaction(System()) as conn:
        meetings.by_id(conn, meeting_id, lock=True)
        taken = participants.seats_taken(conn, meeting_id, now).fetchone()
        if taken is None or taken["taken"]:
            return False
        over = finish(conn, meeting_id, status="ended", reason="empty", now=now)
    return announce_end(over, reason="empty", now=now) is not None


def finish(
    conn: psycopg.Connection[DictRow], meeting_id: str, *, status: str, reason: str, now: datetime
) -> Ending:
    """The writes of an end, in the transaction of `conn`, which holds the meeting's row."""
    people = participants.depart_all(conn, meeting_id, now)
    meeting = meetings.end(conn, meeting_id, status=status, reason=reason, now=now)
    chat.set_open(conn, meeting_id, is_open=False, now=now)
    emit(conn, kind=f"meeting.{status}", meeting_id=meeting_id, data={"reason": reason}, now=now)
    return Ending(meeting_id, meeting, people)


def announce_end(over: Ending, *, reason: str, now: datetime) -> DictRow | None:
    """Tell everybody, after the commit; the meeting as it ended, or None if it was over before."""
    row = over.meeting.fetchone()
    if row is None:
        return None
    announce.to_meeting(over.meeting_id, "meeting.ended", MeetingEnded(reason=reason), now)
    for person in over.people.fetchall():
        if person["was"] != "joined":
            announce.to_person(person, "lobby.denied", now, reason="meeting_ended")
    media.close_room(over.meeting_id, now=now)
    for scope in (announce.meeting_scope(over.meeting_id), announce.chat_scope(over.meeting_id)):
        delivery.close_scope(scope, ENDED_SCOPE_SECONDS)
    return row
