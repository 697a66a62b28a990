"""Come into a meeting with an invitation: it stands for the password, and for nothing else.

Lobby, lock, sign-in and the number of seats stay as the host has set them. A personal invitation is one place
in the meeting, whatever device it is used on; a link counts everybody who comes in by it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.errors import Problem, not_found
from convoke.identity.model import Principal
from convoke.invitations import tokens
from convoke.invitations.model import require_good, used
from convoke.invitations.store import invitations as store
from convoke.meetings import actions as meetings
from convoke.meetings.model import Joined, JoinRequest
from convoke.meetings.rules import reference_of
from convoke.operations.actions import limit, network_of

Conn = psycopg.Connection[DictRow]


@dataclass(frozen=True)
class Introduction:
    """An invitation at the door, to be counted in the transaction that gives the place."""

    invitation_id: str
    meeting_id: str
    user_id: str | None

    def count(self, conn: Conn, meeting_id: str, participant_id: str, now: datetime) -> None:
        """Raises Problem `invitation_used`, `invitation_revoked`, `invitation_expired`, 404."""
        row = store.by_id(conn, self.invitation_id, lock=True).fetchone()
        if row is None or row["meeting_id"] != meeting_id:
            raise not_found()
        came = {place["id"] for place in store.places(conn, row["id"]).fetchall()}
        require_good(row, now)
        if participant_id in came:
            return
        if row["max_uses"] is not None and row["uses"] >= row["max_uses"]:
            raise used()
        store.use(conn, row["id"], participant_id, now)
        if row["kind"] != "link" and row["status"] != "accepted":
            store.answer(conn, row["id"], status="accepted", user_id=self.user_id, now=now)


def join_meeting(visitor: Principal, reference: str, request: JoinRequest, now: datetime) -> Joined:
    """As `meetings.join_meeting`; also 404 or 410 for what is no invitation to this meeting (any more).

    A user who is invited by account needs no token: the invitation is looked for where a password is asked.
    """
    if request.invitation is not None:
        limit("invitations_token", network_of(visitor.ip), per_minute=240, now=now)
        who, introduction = _introduced(visitor, request.invitation, now)
        return meetings.join_meeting(who, reference, request, now, introduction=introduction)
    try:
        return meetings.join_meeting(visitor, reference, request, now)
    except Problem as problem:
        found = _own_invitation(visitor, reference) if problem.slug == "password_required" else None
        if found is None:
            raise
        return meetings.join_meeting(visitor, reference, request, now, introduction=found)


def _introduced(visitor: Principal, token: str, now: datetime) -> tuple[Principal, Introduction]:
    """Who comes by a token: a guest whom it has brought in before is the same guest again."""
    with transaction(System()) as conn:
        row = store.by_token(conn, tokens.hash_of(token)).fetchone()
        if row is None:
            raise not_found()
        require_good(row, now)
        places = store.places(conn, row["id"]).fetchall() if row["kind"] != "link" else []
    introduction = Introduction(row["id"], row["meeting_id"], visitor.user_id)
    if row["kind"] == "link" or visitor.user_id or not places or places[0]["user_id"]:
        return visitor, introduction
    place = places[0]["id"]
    return replace(visitor, participant_id=place, meeting_id=row["meeting_id"]), introduction


def _own_invitation(visitor: Principal, reference: str) -> Introduction | None:
    wanted = reference_of(reference)
    if visitor.user_id is None or wanted is None:
        return None
    with transaction(System()) as conn:
        row = store.to_user(conn, wanted, visitor.user_id).fetchone()
    return Introduction(row["id"], row["meeting_id"], visitor.user_id) if row else None
