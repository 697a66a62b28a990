"""Leave a meeting: by will, by a lost connection, by being removed; the last one out ends it."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.chat import actions as chat
from convoke.delivery import actions as delivery
from convoke.media import actions as media
from convoke.meetings import live, rules
from convoke.meetings.actions import announce, end_meeting
from convoke.meetings.actions.record import record
from convoke.meetings.caller import Caller
from convoke.meetings.messages import Done, Nothing, ParticipantLeft
from convoke.meetings.store import leaving, meetings, participants, sweeping
from convoke.presence import actions as presence

PAGE = 500
# The job is killed after 30 s, and comes again in a minute: what it cannot do by then, it leaves to the next.
SWEEP_SECONDS = 20.0
# An active meeting younger than this may have its first person still on the way through `join`.
YOUNG = timedelta(seconds=60)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """What a sweep has found."""

    missing: int
    departed: int
    released: int
    ended: int
    failed: int = 0


def leave_meeting(caller: Caller, request: Nothing) -> Done:
    """As `leave_place`."""
    leave_place(caller)
    return Done()


def leave_place(caller: Caller) -> str | None:
    """Leave by will, from the meeting or from the lobby. Leaving twice is no error.

    A socket opened for a person and not for a participant is then only that person's again. Answers the type
    of the meeting, None where nobody was there to leave.
    """
    member = caller.member()
    left = depart(
        member.participant_id,
        member.meeting_id,
        reason="voluntary",
        from_status=["joined", "waiting", "invited"],
        connection_id=caller.connection_id,
        now=caller.now,
    )
    announce.take_off(caller.connection_id, member.meeting_id)
    if caller.principal.participant_id is None:
        delivery.unbind(caller.connection_id, member.participant_id)
    return left


def expire_departure(participant_id: str, meeting_id: str, connection_id: str, now: datetime) -> bool:
    """The time to come back is over: whoever is still away leaves. A message seen twice changes nothing."""
    left = depart(
        participant_id,
        meeting_id,
        reason="connection_lost",
        from_status=["joined", "waiting"],
        connection_id=connection_id,
        only_if_lost=True,
        now=now,
    )
    return left is not None


def depart(
    participant_id: str,
    meeting_id: str,
    *,
    reason: str,
    from_status: Sequence[str],
    now: datetime,
    connection_id: str | None = None,
    only_if_lost: bool = False,
    missing_before: datetime | None = None,
) -> str | None:
    """Take a participant out, if they are still there on these conditions, and tell everybody.

    The type of the meeting, or None where nobody was taken out. As the system: the last one out ends a
    meeting that is not theirs, and the lost do not ask.
    """
    over = None
    with transaction(System()) as conn:
        held = meetings.by_id(conn, meeting_id, lock=True)
        departed = leaving.depart(
            conn,
            participant_id,
            status="left",
            reason=reason,
            from_status=from_status,
            connection_id=connection_id,
            only_if_lost=only_if_lost,
            missing_before=missing_before,
            now=now,
        )
        seats = participants.seats_taken(conn, meeting_id, now)
        keys = meetings.leader_keys(conn, meeting_id)
        row, meeting, taken = departed.fetchone(), held.fetchone(), seats.fetchone()
        if row is None or meeting is None or taken is None:
            return None
        note_departure(conn, row, reason, now)
        if row["was"] == "joined" and meeting["status"] == "active" and not taken["taken"]:
            over = end_meeting.conclude(conn, meeting, reason="empty", now=now)
    announce_departure(row, keys, reason, now)
    if over is not None:
        end_meeting.announce_end(over, reason="empty", now=now)
    return str(meeting["type"])


def note_departure(conn: psycopg.Connection[DictRow], row: DictRow, reason: str, now: datetime) -> None:
    """The event of a departure, and the end of the membership in the chat."""
    kind = "participant.left" if row["status"] == "left" else "participant.removed"
    data = {
        "reason": reason,
        "from": row["was"],
        "duration_seconds": row["duration_seconds"],
        "joined_at": row["joined_at"].isoformat() if row["joined_at"] else None,
    }
    record(conn, kind, row, now, **data)
    if row["was"] == "joined":
        chat.remove_member(conn, row["meeting_id"], row["id"], now)


def announce_departure(row: DictRow, keys: psycopg.Cursor[DictRow], reason: str, now: datetime) -> None:
    meeting_id = row["meeting_id"]
    if row["last_connection"]:
        live.drop(row["id"], row["last_connection"])
    if row["was"] == "joined":
        announce.take_off(row["last_connection"], meeting_id)
        presence.release([(row["user_id"], row["last_connection"])], now)
        left = ParticipantLeft(participant_id=row["id"], reason=reason)
        announce.to_meeting(meeting_id, "participant.left", left, now)
        media.disconnect(rules.media_room(row), row["id"], now=now)
    elif row["was"] == "waiting":
        announce.lobby_left((keys.fetchone() or {"keys": []})["keys"], row, now)


def sweep_participants(now: datetime) -> Swept:
    """Once a minute: what no message told.

    Heartbeats may all be gone (Redis was flushed), so nobody leaves at the first sight of a missing one, only
    when it is still missing 90 s later. One round trip to each store for 500 people, and for each who leaves
    what a departure takes; one that fails is in nobody's way, and is tried again by the next sweep.
    """
    until = time.monotonic() + SWEEP_SECONDS
    missing = departed = failed = 0
    after: str | None = None
    while True:
        with transaction(System()) as conn:
            page = sweeping.live_page(conn, after=after, limit=PAGE)
        if not page:
            break
        after = page[-1]["id"]
        marked, gone = _mark_page(page, now)
        missing += marked
        done = _each((partial(_depart_missing, row, now) for row in gone), until)
        departed, failed = departed + done[0], failed + done[1]
    with transaction(System()) as conn:
        released = sweeping.release_seats(conn, admitted_before=now - rules.ENTRY_LIMIT, now=now)
        found = sweeping.deserted(
            conn, started_before=now - YOUNG, seats_since=now - rules.SEAT_HOLD, limit=PAGE
        )
    ended = _each((partial(end_meeting.end_deserted, meeting_id, now) for meeting_id in found), until)
    return Swept(missing, departed, released=len(released), ended=ended[0], failed=failed + ended[1])


def _each(deeds: Iterable[Callable[[], bool]], until: float) -> tuple[int, int]:
    """How many of them did something, and how many failed; none is begun after `until`."""
    done = failed = 0
    for deed in deeds:
        if time.monotonic() > until:
            break
        try:
            done += deed()
        except Exception:
            logger.exception("the sweep goes on without one")
            failed += 1
    return done, failed


def _mark_page(page: list[DictRow], now: datetime) -> tuple[int, list[DictRow]]:
    """How many were marked missing, and who has been for too long."""
    inside = [row for row in page if row["status"] != "invited"]
    alive = live.present([row["id"] for row in inside])
    back = [row["id"] for row, there in zip(inside, alive, strict=True) if there and row["missing_since"]]
    away = [row for row, there in zip(inside, alive, strict=True) if not there]
    new = [row["id"] for row in away if row["missing_since"] is None]
    if back or new:
        with transaction(System()) as conn:
            sweeping.mark_present(conn, back)
            sweeping.mark_missing(conn, new, now)
    return len(new), [
        row for row in away if row["missing_since"] and rules.is_gone(row["missing_since"], now)
    ]


def _depart_missing(row: dict[str, Any], now: datetime) -> bool:
    left = depart(
        row["id"],
        row["meeting_id"],
        reason="connection_lost",
        from_status=["joined", "waiting"],
        missing_before=now - rules.MISSING_LIMIT,
        now=now,
    )
    return left is not None
