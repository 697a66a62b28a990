"""What somebody who is invited does, with an account or without: look, accept, decline."""

from datetime import datetime
from typing import Literal

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.cursors import require_id
from convoke.delivery import actions as delivery
from convoke.errors import forbidden, not_found
from convoke.events import emit
from convoke.identity.model import Principal, require_user
from convoke.invitations import tokens
from convoke.invitations.actions import views
from convoke.invitations.model import (
    InvitationAnswered,
    ReceivedInvitation,
    ReceivedPage,
    Status,
    require_good,
)
from convoke.invitations.store import invitations as store
from convoke.meetings import rules
from convoke.meetings.actions import agenda
from convoke.notifications import actions as notifications
from convoke.operations.actions import audit, limit, network_of

Conn = psycopg.Connection[DictRow]
Answer = Literal["accepted", "declined"]


def list_received(
    principal: Principal, *, status: Status | None, cursor: str | None, limit: int, now: datetime
) -> ReceivedPage:
    """A user's own, to meetings that are not over, newest first."""
    user_id = require_user(principal)
    require_id(cursor)
    # As the system: the query asks for the user's own, whose meetings row security does not show yet.
    with transaction(System()) as conn:
        rows = store.of_user(conn, user_id, status=status, before=cursor, limit=limit + 1).fetchall()
        entries = agenda.entries(conn, [row["meeting_id"] for row in rows[:limit]], since=now)
    items = [views.received_of(row, entries[row["meeting_id"]]) for row in rows[:limit]]
    return ReceivedPage(items=items, next_cursor=items[-1].id if len(rows) > limit else None)


def read_by_token(visitor: Principal, token: str, now: datetime) -> ReceivedInvitation:
    """What whoever has the token may know. Raises 404, 410."""
    limit("invitations_token", network_of(visitor.ip), per_minute=240, now=now)
    with transaction(System()) as conn:
        row = _by_token(conn, token)
        require_good(row, now)
        return _received(conn, row, now)


def answer_by_token(visitor: Principal, token: str, answer: Answer, now: datetime) -> ReceivedInvitation:
    """Accept or decline. One that came by e-mail belongs to the account that answers it, from then on.

    Of a link there is nothing to keep: whoever has it comes or does not.
    """
    limit("invitations_token", network_of(visitor.ip), per_minute=240, now=now)
    with transaction(System()) as conn:
        row = _by_token(conn, token, lock=True)
        told, settled = _answer(conn, visitor, row, answer, now)
    _announce(told, settled, row, now)
    return told


def answer_by_id(
    principal: Principal, invitation_id: str, answer: Answer, now: datetime
) -> ReceivedInvitation:
    """The same, of one that the user has received. Answering again changes the answer."""
    limit("invitations_answer", principal.key, per_minute=120, now=now)
    user_id = require_user(principal)
    with transaction(System()) as conn:
        row = store.by_id(conn, invitation_id, lock=True).fetchone()
        if row is None or row["user_id"] != user_id:
            raise not_found()
        told, settled = _answer(conn, principal, row, answer, now)
    _announce(told, settled, row, now)
    return told


def _by_token(conn: Conn, token: str, *, lock: bool = False) -> DictRow:
    row = store.by_token(conn, tokens.hash_of(token), lock=lock).fetchone()
    if row is None:
        raise not_found()
    return row


def _received(conn: Conn, row: DictRow, now: datetime) -> ReceivedInvitation:
    named = store.by_ids(conn, [row["id"]])
    entry = agenda.entries(conn, [row["meeting_id"]], since=now)[row["meeting_id"]]
    return views.received_of(named.fetchone() or row, entry)


def _answer(
    conn: Conn, who: Principal, row: DictRow, answer: Answer, now: datetime
) -> tuple[ReceivedInvitation, notifications.Settled | None]:
    """The invitation as answered, and the notifications that this has dealt with."""
    require_good(row, now)
    if row["kind"] == "user" and who.user_id not in (None, row["user_id"]):
        raise forbidden("foreign_invitation", "It is for somebody else's account.")
    told = _received(conn, row, now)
    rules.require_open(told.meeting.status)
    if row["kind"] == "link" or row["status"] == answer:
        return told, None
    store.answer(conn, row["id"], status=answer, user_id=who.user_id, now=now)
    emit(
        conn,
        kind=f"invitation.{answer}",
        meeting_id=row["meeting_id"],
        user_id=who.user_id or row["user_id"],
        data={"kind": row["kind"]},
        now=now,
    )
    audit(
        conn,
        who,
        event_type="invitation",
        action="accept" if answer == "accepted" else "decline",
        target_type="invitation",
        target_id=row["id"],
        now=now,
    )
    owner = row["user_id"] or who.user_id
    subject = f"meeting:{row['meeting_id']}"
    settled = notifications.settle(conn, user_ids=[owner], subject=subject, now=now) if owner else None
    return told.model_copy(update={"status": answer, "answered_at": now}), settled


def _announce(
    told: ReceivedInvitation, settled: notifications.Settled | None, row: DictRow, now: datetime
) -> None:
    """Whoever invited sees the answer at once, and the one who answered no note of it any more, anywhere."""
    if settled is not None:
        notifications.announce_settled(settled, now)
    if row["inviter_user_id"] and told.status != row["status"]:
        news = InvitationAnswered(invitation_id=told.id, meeting_id=told.meeting.id, status=told.status)
        data = news.model_dump(mode="json")
        delivery.publish_to_many([row["inviter_user_id"]], "invitation.updated", data, now=now)
