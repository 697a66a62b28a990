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
from convoke.meetings.caller import Caller, not_in_meeting
from convoke.meetings.messages import Done, MeetingEnded, Nothing
from convoke.meetings.model import Meeting
from convoke.meetings.recurrence import Occurrence
from convoke.meetings.store import breakouts, leaving, meetings, occurrences, participants
from convoke.presence import actions as presence

# Late clients still get the end by replay; then the scope is forgotten.
ENDED_SCOPE_SECONDS = 120


@dataclass(frozen=True)
class Ending:
    """What a transaction has sent and will have fetched once it is committed."""

    meeting_id: str
    meeting: psycopg.Cursor[DictRow]
    people: psycopg.Cursor[DictRow]
    rooms: psycopg.Cursor[DictRow]


def end_meeting(principal: Principal, reference: str, now: datetime) -> Meeting:
    """End it for all. Ending an ended meeting again answers with it as it is."""
    with transaction(principal) as conn:
        row = change_meeting.held(conn, reference)
        if row["status"] in ("ended", "cancelled"):
            return views.meeting_of(row)
        over = conclude(conn, row, reason="ended_by_host", now=now)
        change_meeting.note(conn, principal, row["id"], kind=None, action="end", now=now)
    ended = announce_end(over, reason="ended_by_host", now=now)
    return views.meeting_of(ended or row)


def end_here(caller: Caller, request: Nothing) -> Done:
    """The same, from inside."""
    member = caller.member()
    with transaction(member.principal) as conn:
        found = meetings.by_id(conn, member.meeting_id, lock=True)
        rows = participants.locked(conn, member.meeting_id, [member.participant_id])
        actor, meeting = member.require_present(rows.fetchone()), found.fetchone()
        rules.require_leader(actor["role"])
        if meeting is None:
            raise not_in_meeting()
        over = conclude(conn, meeting, reason="ended_by_host", now=caller.now)
        change_meeting.note(
            conn, member.principal, member.meeting_id, kind=None, action="end", now=caller.now
        )
    announce_end(over, reason="ended_by_host", now=caller.now)
    return Done()


def end_deserted(meeting_id: str, now: datetime) -> bool:
    """End an active meeting in which nobody is any more. As the system: there is nobody to ask."""
    with transaction(System()) as conn:
        found = meetings.by_id(conn, meeting_id, lock=True)
        taken = participants.seats_taken(conn, meeting_id, now).fetchone()
        meeting = found.fetchone()
        if taken is None or taken["taken"] or meeting is None:
            return False
        over = conclude(conn, meeting, reason="empty", now=now)
    return announce_end(over, reason="empty", now=now) is not None


def conclude(conn: psycopg.Connection[DictRow], row: DictRow, *, reason: str, now: datetime) -> Ending:
    """The end of what was held; a recurring meeting goes on to its next date. `row` is locked."""
    if row["type"] != "recurring" or row["status"] != "active":
        return finish(conn, row["id"], status="ended", reason=reason, now=now)
    following = _following(conn, row, now)
    if following is None:
        occurrences.close(conn, row["id"], now)
        return finish(conn, row["id"], status="ended", reason=reason, now=now)
    meeting_id = row["id"]
    inside = participants.roster(conn, meeting_id, "joined")
    people = leaving.depart_all(conn, meeting_id, now)
    (occurrences.reopen if now < row["scheduled_start_time"] else occurrences.close)(conn, meeting_id, now)
    meeting = occurrences.go_on_to(conn, meeting_id, following, now)
    chat.set_open(conn, meeting_id, is_open=False, now=now)
    data = {"reason": reason, "occurrence": row["occurrence_start"].isoformat()}
    emit(conn, kind="meeting.ended", meeting_id=meeting_id, data=data, now=now)
    # Who comes to the next one is let in again; until then nobody reads on.
    for person in inside.fetchall():
        chat.remove_member(conn, meeting_id, person["id"], now)
    return Ending(meeting_id, meeting, people, breakouts.end(conn, meeting_id, now))


def _following(conn: psycopg.Connection[DictRow], row: DictRow, now: datetime) -> Occurrence | None:
    """What a recurring meeting waits for when it ends now: the same date, if that is still to come."""
    series = occurrences.series(conn, row["id"], since=min(now, row["occurrence_start"]))
    if now < row["scheduled_start_time"]:
        return Occurrence(row["occurrence_start"], row["scheduled_start_time"], row["scheduled_end_time"])
    return series.next_after(now, besides=row["occurrence_start"])


def finish(
    conn: psycopg.Connection[DictRow], meeting_id: str, *, status: str, reason: str, now: datetime
) -> Ending:
    """The writes of an end, in the transaction of `conn`, which holds the meeting's row."""
    people = leaving.depart_all(conn, meeting_id, now)
    meeting = meetings.end(conn, meeting_id, status=status, reason=reason, now=now)
    chat.set_open(conn, meeting_id, is_open=False, now=now)
    emit(conn, kind=f"meeting.{status}", meeting_id=meeting_id, data={"reason": reason}, now=now)
    rooms = breakouts.end(conn, meeting_id, now)
    return Ending(meeting_id, meeting, people, rooms)


def announce_end(over: Ending, *, reason: str, now: datetime) -> DictRow | None:
    """Tell everybody, after the commit; the meeting as it ended, or None if it was over before."""
    row = over.meeting.fetchone()
    if row is None:
        return None
    announce.to_meeting(over.meeting_id, "meeting.ended", MeetingEnded(reason=reason), now)
    people = over.people.fetchall()
    for person in people:
        if person["was"] != "joined":
            announce.to_person(person, "lobby.denied", now, reason="meeting_ended")
        elif row["status"] == "scheduled":
            # Its scopes live on with its next occurrence.
            announce.take_off(person["last_connection"], over.meeting_id)
    presence.release(
        [(one["user_id"], one["last_connection"]) for one in people if one["was"] == "joined"], now
    )
    for room_id in (over.meeting_id, *(room["id"] for room in over.rooms.fetchall())):
        media.close_room(room_id, now=now)
    for scope in (announce.meeting_scope(over.meeting_id), announce.chat_scope(over.meeting_id)):
        delivery.close_scope(scope, ENDED_SCOPE_SECONDS)
    return row
