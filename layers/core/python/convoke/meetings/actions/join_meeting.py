"""Ask to come into a meeting: everything that decides it, and the seat, before any socket is opened.

Runs as the system: the comer is nobody to the meeting yet, so row security has nothing to go by. Nothing but
the entrance is told to who is not let in.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.errors import Problem, conflict, forbidden, invalid, not_found, rate_limited
from convoke.events import emit
from convoke.identity import actions as identity
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.meetings import live, passwords, rules, views
from convoke.meetings.actions import announce
from convoke.meetings.model import Joined, JoinRequest, Role
from convoke.meetings.store import meetings, participants
from convoke.operations.actions import address_or_none, audit, limit, network_of

# Settings that change while somebody joins make the join look again.
ATTEMPTS = 3
# A meeting's 500 may come from one office, and some of them twice.
PER_MINUTE = 600
PERSON_PER_MINUTE = 60
# In 15 minutes, by meeting and address. Right guesses do not count in the end, but all do while they are
# looked at, so it is also how many may come in from one office in one moment. Four digits last half a day.
GUESSES = 100


class Introduction(Protocol):
    """What stands for the password: somebody who may has invited the comer."""

    def count(
        self, conn: psycopg.Connection[DictRow], meeting_id: str, participant_id: str, now: datetime
    ) -> None:
        """In the transaction that gives the place. Raises Problem where it is good no more, or elsewhere."""


def join_meeting(
    visitor: Principal,
    reference: str,
    request: JoinRequest,
    now: datetime,
    *,
    to_call: bool = False,
    introduction: Introduction | None = None,
) -> Joined:
    """Admit or send to the waiting room. `visitor` may be nobody, a user, or a guest who has been here.

    `to_call`: into the room of a call, which is found by nobody else.

    Raises Problem 404, 410 `meeting_ended`, 403 `auth_required`, `password_required`, `wrong_password`,
    409 `meeting_locked`, `meeting_full`, 429.
    """
    _limit(visitor, now)
    wanted = rules.reference_of(reference)
    if wanted is None:
        raise not_found()
    for _ in range(ATTEMPTS):
        try:
            return _join(visitor, wanted, request, now, to_call=to_call, introduction=introduction)
        except psycopg.errors.NotNullViolation:
            # The place has changed since it was read: see `participants.place`.
            continue
        except psycopg.DatabaseError as error:
            if error.sqlstate != "CV412":
                raise refusal(error) from error
    raise Problem("unavailable", 503, "Try again in a moment", headers={"retry-after": "1"})


def _limit(visitor: Principal, now: datetime) -> None:
    """People one by one, strangers by address: each time somebody asks to be let in, the leaders hear it."""
    if visitor.user_id or visitor.participant_id:
        limit("meetings_join", visitor.key, per_minute=PERSON_PER_MINUTE, now=now)
    if visitor.user_id is None:
        limit("meetings_join", network_of(visitor.ip), per_minute=PER_MINUTE, now=now)


def refusal(error: psycopg.DatabaseError) -> Exception:
    """What `claim_seat` has refused, as a problem; any other error as it is."""
    if error.sqlstate == "CV409":
        return meeting_full()
    if error.sqlstate == "CV410":
        return rules.ended()
    return error


def meeting_full() -> Problem:
    return conflict("meeting_full", "Try again when somebody has left.", title="The meeting is full")


def _join(
    visitor: Principal,
    reference: str,
    request: JoinRequest,
    now: datetime,
    *,
    to_call: bool,
    introduction: Introduction | None,
) -> Joined:
    with transaction(System()) as conn:
        row = meetings.at_the_door(
            conn, reference, user_id=visitor.user_id, participant_id=visitor.participant_id
        ).fetchone()
        if row is None or (row["type"] == "call") is not to_call:
            raise not_found()
        entry = _decide(visitor, row, request, now, introduced=introduction is not None)
        place = _place(visitor, row, request, entry)
        if entry.status == "invited":
            meetings.claim_seat(conn, row["id"], place["id"], version=row["version"], now=now)
        elif entry.status == "waiting" and row["waiting_count"] >= rules.LOBBY_LIMIT:
            raise conflict("lobby_full", "Too many people are waiting.", title="The waiting room is full")
        placed = participants.place(conn, place, now)
        if introduction is not None:
            introduction.count(conn, row["id"], place["id"], now)
        _note(conn, visitor, place, entry, now)
    mine = placed.fetchone() or {}
    if mine["status"] == "waiting":
        announce.lobby_waiting(row["leader_keys"], mine, now)
    return _answer(visitor, row, mine, now)


def _decide(
    visitor: Principal, row: DictRow, request: JoinRequest, now: datetime, *, introduced: bool
) -> rules.Entry:
    door = rules.Door(**{name: row[name] for name in rules.Door.__dataclass_fields__})
    comer = rules.Comer(
        user_id=visitor.user_id,
        role=row["my_role"],
        status=row["my_status"],
        must_wait=row["my_must_wait"],
        connection_lost=row["my_status"] == "left" and row["my_leave_reason"] == "connection_lost",
    )
    rules.require_welcome(door, comer)
    if rules.needs_password(door, comer) and not introduced:
        _check_password(visitor, row, request.password, now)
    return rules.entry(door, comer)


def _check_password(visitor: Principal, row: DictRow, password: str | None, now: datetime) -> None:
    if password is None:
        raise forbidden("password_required", "This meeting asks for a password.", title="Password needed")
    who = network_of(visitor.ip)
    if live.count_guess(row["id"], who, now) > GUESSES:
        raise rate_limited(live.seconds_left(now))
    if not passwords.matches(row["password_hash"], password):
        raise forbidden("wrong_password", "That is not the password.", title="Wrong password")
    live.forgive_guess(row["id"], who, now)


def _place(visitor: Principal, row: DictRow, request: JoinRequest, entry: rules.Entry) -> dict[str, Any]:
    name = request.display_name or row["my_name"] or row["user_name"]
    if name is None:
        raise invalid("a guest needs a name", field="display_name")
    return {
        "id": row["my_id"] or new_id(),
        "meeting_id": row["id"],
        "user_id": visitor.user_id,
        "display_name": name,
        "role": entry.role,
        "status": entry.status,
        "seen_status": row["my_status"],
        "ip": address_or_none(visitor.ip),
        "user_agent": (visitor.user_agent or "")[:400] or None,
        "client_version": request.client_version,
    }


def _note(
    conn: psycopg.Connection[DictRow],
    visitor: Principal,
    place: dict[str, Any],
    entry: rules.Entry,
    now: datetime,
) -> None:
    if entry.status != "joined":
        emit(
            conn,
            kind="participant.waiting" if entry.status == "waiting" else "participant.admitted",
            meeting_id=place["meeting_id"],
            user_id=visitor.user_id,
            participant_id=place["id"],
            now=now,
        )
    audit(
        conn,
        visitor,
        event_type="participant",
        action="join",
        target_type="meeting",
        target_id=place["meeting_id"],
        metadata={"participant_id": place["id"], "status": entry.status},
        now=now,
    )


def _answer(visitor: Principal, row: DictRow, mine: DictRow, now: datetime) -> Joined:
    participant_id, meeting_id = mine["id"], mine["meeting_id"]
    bearer = replace(
        visitor, participant_id=participant_id, meeting_id=meeting_id, display_name=mine["display_name"]
    )
    waiting = mine["status"] == "waiting"
    return Joined(
        participant_id=participant_id,
        meeting=views.entrance_of(row) if waiting else views.meeting_of(row),
        status="waiting" if waiting else "admitted",
        role=Role(mine["role"]),
        ticket=identity.issue_ticket(bearer, participant_id=participant_id, meeting_id=meeting_id, now=now),
        participant_token=None
        if visitor.user_id
        else identity.participant_token(participant_id, meeting_id, now),
        controller=views.controller(),
        ice_servers=[],
        chat_id=meeting_id,
    )
