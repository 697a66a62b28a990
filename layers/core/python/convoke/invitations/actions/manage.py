"""What those who lead a meeting do with its invitations: look, take back, send again."""

from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.cursors import require_id
from convoke.errors import conflict, not_found, rate_limited
from convoke.events import emit
from convoke.identity.actions.keys import signing_keys
from convoke.identity.model import Principal
from convoke.invitations import tokens
from convoke.invitations.actions import views
from convoke.invitations.actions.invite import take_from_hour, tell_invited
from convoke.invitations.model import MAX_RESENT, RESEND_PAUSE, Invitation, InvitationPage, expiry
from convoke.invitations.store import invitations as store
from convoke.invitations.store import letters
from convoke.meetings import rules
from convoke.meetings.actions.change_meeting import held
from convoke.notifications import actions as notifications
from convoke.operations.actions import audit, limit

Conn = psycopg.Connection[DictRow]


def list_invitations(
    principal: Principal, reference: str, *, cursor: str | None, limit: int
) -> InvitationPage:
    """Newest first, those taken back too. Raises 404, 403."""
    require_id(cursor)
    with transaction(principal) as conn:
        meeting = held(conn, reference)
    # As the system: invitees' names are in their accounts.
    with transaction(System()) as conn:
        page = store.of_meeting(conn, meeting["id"], before=cursor, limit=limit + 1)
    rows = page.fetchall()
    items = [views.invitation_of(row) for row in rows[:limit]]
    return InvitationPage(items=items, next_cursor=items[-1].id if len(rows) > limit else None)


def revoke(principal: Principal, reference: str, invitation_id: str, now: datetime) -> None:
    """Take it back: its link is dead at once, and who was written to hears of it. Twice is no error."""
    limit("invitations_change", principal.key, per_minute=120, now=now)
    settled = None
    with transaction(principal) as conn:
        row = _own(conn, reference, invitation_id)
        if row["status"] == "revoked":
            return
        store.revoke(conn, row["id"], now)
        if row["sent_at"] is not None and row["status"] in ("pending", "accepted") and row["kind"] != "link":
            letters.put(conn, row["id"], "cancellation", "revoked", now)
        if row["user_id"]:
            subject = f"meeting:{row['meeting_id']}"
            settled = notifications.settle(conn, user_ids=[row["user_id"]], subject=subject, now=now)
        _note(conn, principal, row, "revoke", now)
    if settled is not None:
        notifications.announce_settled(settled, now)


def resend(principal: Principal, reference: str, invitation_id: str, now: datetime) -> Invitation:
    """Send the letter again, at most five times. One that has expired is good again."""
    limit("invitations_change", principal.key, per_minute=120, now=now)
    with transaction(principal) as conn:
        meeting = held(conn, reference)
        rules.require_open(meeting["status"])
        row = _own(conn, reference, invitation_id)
        _require_resendable(row, now)
        take_from_hour(principal.key, meeting["id"], 1, now)
        token = tokens.hash_of(tokens.token_of(row["id"], signing_keys()[0]))
        end = meeting["scheduled_end_time"] or meeting["scheduled_start_time"]
        store.renew(conn, row["id"], token_hash=token, expires_at=expiry(None, end, now), now=now)
        letters.put(conn, row["id"], "invitation", f"again {row['resent'] + 1}", now)
        _note(conn, principal, row, "resend", now)
        own = store.own_settings(conn, principal.key).fetchone()
        name = own["display_name"] if own else meeting["title"]
        # Whoever has blocked the inviter since hears nothing, and nobody hears of that.
        reached = store.unless_blocked(conn, row["id"]).fetchall()
        pending = tell_invited(conn, reached, meeting, inviter=name, now=now)
    notifications.dispatch(pending, now)
    with transaction(System()) as conn:
        found = store.by_ids(conn, [row["id"]])
    return views.invitation_of(found.fetchone() or {})


def _require_resendable(row: DictRow, now: datetime) -> None:
    if row["kind"] == "link" or row["status"] not in ("pending", "expired"):
        raise conflict("invitation_answered", f"It is {row['status']}.", title="Nothing to send again")
    pause = (row["sent_at"] or row["created_at"]) + RESEND_PAUSE - now
    if pause.total_seconds() > 0:
        raise rate_limited(int(pause.total_seconds()) + 1)
    if row["resent"] >= MAX_RESENT:
        raise conflict("resent_too_often", "Give them the link another way.", title="Sent often enough")


def _own(conn: Conn, reference: str, invitation_id: str) -> DictRow:
    """An invitation of that meeting, held until commit; 404 for another's."""
    meeting = held(conn, reference)
    row = store.by_id(conn, invitation_id, lock=True).fetchone()
    if row is None or row["meeting_id"] != meeting["id"]:
        raise not_found()
    return row


def _note(conn: Conn, principal: Principal, row: DictRow, action: str, now: datetime) -> None:
    if action == "revoke":
        emit(
            conn,
            kind="invitation.revoked",
            meeting_id=row["meeting_id"],
            user_id=principal.user_id,
            data={"kind": row["kind"]},
            now=now,
        )
    audit(
        conn,
        principal,
        event_type="invitation",
        action=action,
        target_type="invitation",
        target_id=row["id"],
        now=now,
    )
