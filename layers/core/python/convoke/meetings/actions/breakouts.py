"""Breakout rooms: make, plan, open, move people, speak to all, close. Nobody leaves the meeting for it.

A room is a room on a media node of its own; who is moved connects media anew, to the room that their row
names. Roster, socket and the meeting's chat stay; in that, the room has a chat of its own.
"""

import logging
import secrets
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.chat import actions as chat
from convoke.chat.model import Breakout
from convoke.ids import new_id
from convoke.media import actions as media
from convoke.meetings import breakouts as shapes
from convoke.meetings import rules, views
from convoke.meetings.actions import announce
from convoke.meetings.actions.record import record
from convoke.meetings.breakouts import Breakouts, BreakoutsReply
from convoke.meetings.caller import Caller, Member
from convoke.meetings.messages import Done, Nothing
from convoke.meetings.store import breakouts, meetings, participants

Row = Mapping[str, Any]
Conn = psycopg.Connection[DictRow]

# A node answers within a few ms; a meeting of 500 moves in a second.
THREADS = 16

logger = logging.getLogger(__name__)


def create_breakouts(caller: Caller, request: shapes.CreateBreakouts) -> BreakoutsReply:
    """A new set of rooms instead of the one before. Raises Problem `breakouts_open` (409)."""
    member = caller.member()
    rooms = {new_id(caller.now): name for name in request.room_names()}
    with transaction(member.principal) as conn:
        _, status = _lead(conn, member)
        shapes.require_draft(status)
        breakouts.create(conn, member.meeting_id, rooms, by_choice=request.by_choice, now=caller.now)
        if request.assign == "random":
            _spread(conn, member.meeting_id, list(rooms))
        whole = breakouts.whole(conn, member.meeting_id)
    return _tell(member, whole.fetchone(), [])


def shuffle_breakouts(caller: Caller, request: Nothing) -> BreakoutsReply:
    """Plan everybody anew, at random. Only before the rooms are open."""
    member = caller.member()
    with transaction(member.principal) as conn:
        _, status = _lead(conn, member)
        shapes.require_draft(status)
        found = breakouts.whole(conn, member.meeting_id).fetchone()
        if found is None:
            raise shapes.unknown_room()
        breakouts.unplan(conn, member.meeting_id)
        _spread(conn, member.meeting_id, [room["id"] for room in found["rooms"]])
        whole = breakouts.whole(conn, member.meeting_id)
    return _tell(member, whole.fetchone(), [])


def assign_breakout(caller: Caller, request: shapes.AssignRequest) -> BreakoutsReply:
    """Plan people for a room, or for none; where the rooms are open, they move."""
    member = caller.member()
    with transaction(member.principal) as conn:
        _, status = _lead(conn, member)
        _require_room(breakouts.whole(conn, member.meeting_id).fetchone(), request.room_id)
        people = list(dict.fromkeys(request.participant_ids))
        if request.room_id is None:
            breakouts.unplan(conn, member.meeting_id, people)
        else:
            breakouts.plan(conn, member.meeting_id, dict.fromkeys(people, request.room_id))
        moved = []
        if status in shapes.OPEN:
            rooms = dict.fromkeys(people, request.room_id)
            moved = _moved(conn, breakouts.move(conn, member.meeting_id, rooms, caller.now), caller.now)
        whole = breakouts.whole(conn, member.meeting_id)
    return _tell(member, whole.fetchone(), moved)


def open_breakouts(caller: Caller, request: shapes.OpenBreakouts) -> BreakoutsReply:
    """Everybody who is planned for a room goes there. Open rooms only get another end."""
    member = caller.member()
    ends_at = caller.now + timedelta(minutes=request.minutes) if request.minutes else None
    with transaction(member.principal) as conn:
        actor, status = _lead(conn, member)
        if status is None:
            raise shapes.unknown_room()
        breakouts.set_status(conn, member.meeting_id, "open", ends_at=ends_at, now=caller.now)
        moved = _moved(conn, breakouts.move_as_planned(conn, member.meeting_id, caller.now), caller.now)
        if status not in shapes.OPEN:
            record(conn, "breakouts.opened", actor, caller.now)
        whole = breakouts.whole(conn, member.meeting_id)
    return _tell(member, whole.fetchone(), moved)


def enter_breakout(caller: Caller, request: shapes.EnterBreakout) -> BreakoutsReply:
    """Go into a room, or back to the main one. Raises Problem `not_your_room`, `breakouts_closed`.

    As the system, since the meeting is held as by everybody who moves people: who enters while the rooms are
    being closed would otherwise stay behind in one. Row security gives that row only to who leads.
    """
    member = caller.member()
    with transaction(System()) as conn:
        meetings.by_id(conn, member.meeting_id, lock=True)
        rows = participants.locked(conn, member.meeting_id, [member.participant_id])
        found = breakouts.whole(conn, member.meeting_id).fetchone()
        actor = member.require_present(rows.fetchone())
        if request.room_id is not None:
            shapes.require_open(found["status"] if found else None)
        _require_room(found, request.room_id)
        assert found is not None  # noqa: S101 (_require_room has raised)
        shapes.require_way(
            actor["role"],
            room_id=request.room_id,
            assigned=found["assignments"].get(member.participant_id),
            by_choice=found["by_choice"],
        )
        wanted = {member.participant_id: request.room_id}
        moved = _moved(conn, breakouts.move(conn, member.meeting_id, wanted, caller.now), caller.now)
    return _tell(member, found, moved)


def broadcast(caller: Caller, request: shapes.BroadcastRequest) -> Done:
    """Say something to everybody, whatever room they are in."""
    member = caller.member()
    with transaction(member.principal) as conn:
        rows = participants.one(conn, member.meeting_id, member.participant_id)
        status = _status(breakouts.whole(conn, member.meeting_id))
        actor = member.require_present(rows.fetchone())
        rules.require_leader(actor["role"])
        shapes.require_open(status)
        record(conn, "breakouts.broadcast", actor, caller.now)
    said = shapes.BreakoutMessage(
        participant_id=actor["id"], display_name=actor["display_name"], text=request.text
    )
    announce.to_meeting(member.meeting_id, "breakouts.message", said, caller.now)
    return Done()


def close_breakouts(caller: Caller, request: shapes.CloseBreakouts) -> BreakoutsReply:
    """Close the rooms, at once or after a countdown that everybody sees."""
    member = caller.member()
    with transaction(member.principal) as conn:
        actor, status = _lead(conn, member)
        shapes.require_open(status)
        if request.seconds:
            ends_at = caller.now + timedelta(seconds=request.seconds)
            breakouts.set_status(conn, member.meeting_id, "closing", ends_at=ends_at, now=caller.now)
            moved = []
        else:
            moved = close(conn, member.meeting_id, caller.now)
        record(conn, "breakouts.closed", actor, caller.now)
        whole = breakouts.whole(conn, member.meeting_id)
    return _tell(member, whole.fetchone(), moved)


def expire_breakouts(caller: Caller, request: Nothing) -> BreakoutsReply:
    """The time is up, says a client whose countdown has ended: whoever says it first closes the rooms.

    Too early, or said before by another, it changes nothing. The sweep closes what nobody has.
    """
    member = caller.member()
    with transaction(member.principal) as conn:
        rows = participants.one(conn, member.meeting_id, member.participant_id)
        found = breakouts.whole(conn, member.meeting_id).fetchone()
        member.require_present(rows.fetchone())
    if found and found["status"] in shapes.OPEN and found["ends_at"] and found["ends_at"] <= caller.now:
        return BreakoutsReply(breakouts=close_overdue(member.meeting_id, caller.now))
    return BreakoutsReply(breakouts=views.breakouts_of(found))


def read_breakouts(caller: Caller, request: Nothing) -> BreakoutsReply:
    member = caller.member()
    with transaction(member.principal) as conn:
        rows = participants.one(conn, member.meeting_id, member.participant_id)
        found = breakouts.whole(conn, member.meeting_id)
        member.require_present(rows.fetchone())
    return BreakoutsReply(breakouts=views.breakouts_of(found.fetchone()))


def close_overdue(meeting_id: str, now: datetime) -> Breakouts | None:
    """Close rooms whose time is up, as the system, once; as they are then."""
    with transaction(System()) as conn:
        meetings.by_id(conn, meeting_id, lock=True)
        found = breakouts.whole(conn, meeting_id).fetchone()
        due = found and found["status"] in shapes.OPEN and found["ends_at"] and found["ends_at"] <= now
        moved = close(conn, meeting_id, now) if due else []
        whole = breakouts.whole(conn, meeting_id)
    after = whole.fetchone()
    if due and after is not None:
        _announce(meeting_id, after, moved, now)
    return views.breakouts_of(after)


def sweep_breakouts(now: datetime) -> int:
    """Once a minute: rooms whose time is up and that no client has closed; how many meetings.

    One that fails is in nobody's way.
    """
    with transaction(System()) as conn:
        found = breakouts.overdue(conn, now, limit=200)
    closed = 0
    for row in found:
        try:
            close_overdue(row["meeting_id"], now)
            closed += 1
        except Exception:
            logger.exception("rooms could not be closed", extra={"meeting_id": row["meeting_id"]})
    return closed


def close(conn: Conn, meeting_id: str, now: datetime) -> list[DictRow]:
    """The writes of a close, in the transaction of `conn`; who was brought back."""
    breakouts.set_status(conn, meeting_id, "closed", ends_at=None, now=now)
    return _moved(conn, breakouts.bring_back(conn, meeting_id, now), now)


def _lead(conn: Conn, member: Member) -> tuple[Row, str | None]:
    """The caller's row, of one who leads, and the status of the rooms; the meeting is held until commit."""
    meetings.by_id(conn, member.meeting_id, lock=True)
    rows = participants.locked(conn, member.meeting_id, [member.participant_id])
    status = _status(breakouts.whole(conn, member.meeting_id))
    actor = member.require_present(rows.fetchone())
    rules.require_leader(actor["role"])
    return actor, status


def _status(rows: psycopg.Cursor[DictRow]) -> str | None:
    found = rows.fetchone()
    return None if found is None else str(found["status"])


def _spread(conn: Conn, meeting_id: str, rooms: list[str]) -> None:
    people = [row["id"] for row in breakouts.present(conn, meeting_id).fetchall()]
    breakouts.plan(conn, meeting_id, shapes.spread(people, rooms, secrets.SystemRandom().shuffle))


def _require_room(found: Row | None, room_id: str | None) -> None:
    if found is None or (room_id is not None and room_id not in {room["id"] for room in found["rooms"]}):
        raise shapes.unknown_room()


def _moved(conn: Conn, rows: psycopg.Cursor[DictRow], now: datetime) -> list[DictRow]:
    moved = rows.fetchall()
    for row in moved:
        record(conn, "participant.moved", row, now, to=row["breakout_id"])
    if moved:
        places = {row["id"]: _chat_of(row) for row in moved}
        chat.move_members(conn, moved[0]["meeting_id"], places, now)
    return moved


def _chat_of(row: Row) -> Breakout | None:
    return Breakout(row["breakout_id"], row["breakout_name"]) if row["breakout_id"] else None


def _tell(member: Member, whole: Row | None, moved: list[DictRow]) -> BreakoutsReply:
    if whole is not None:
        _announce(member.meeting_id, whole, moved, member.now)
    return BreakoutsReply(breakouts=views.breakouts_of(whole))


def _announce(meeting_id: str, whole: Row, moved: list[DictRow], now: datetime) -> None:
    """First everybody is told, then the places that they had on media nodes end."""
    shape = views.breakouts_of(whole)
    assert shape is not None  # noqa: S101 (whole is a row)
    told = shapes.BreakoutsChanged(
        breakouts=shape,
        moved={row["id"]: row["breakout_id"] for row in moved},
        versions={row["id"]: row["version"] for row in moved},
    )
    announce.to_meeting(meeting_id, "breakouts.updated", told, now)
    leave_rooms(((row["was"] or meeting_id, row["id"]) for row in moved), now)


def leave_rooms(places: Iterable[tuple[str, str]], now: datetime) -> None:
    """End sessions on media nodes, by room and participant. A node that does not answer drops them."""
    found = list(places)
    if not found:
        return
    with ThreadPoolExecutor(min(THREADS, len(found))) as threads:
        list(threads.map(lambda place: media.disconnect(*place, now=now), found))
