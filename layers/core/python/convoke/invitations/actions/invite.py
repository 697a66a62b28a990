"""Invite people to a meeting, by account, by e-mail, or by a link for whoever gets it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.errors import Problem, conflict, rate_limited, unauthorized
from convoke.events import emit
from convoke.identity.actions.keys import signing_keys
from convoke.identity.model import Principal, require_user
from convoke.ids import new_id
from convoke.invitations import live, tokens
from convoke.invitations.actions import views
from convoke.invitations.model import MAX_OF_MEETING, Invitations, InviteRequest, expiry
from convoke.invitations.store import invitations as store
from convoke.invitations.store import letters
from convoke.meetings import rules
from convoke.meetings.actions.change_meeting import held
from convoke.notifications import actions as notifications
from convoke.operations.actions import audit, limit

Conn = psycopg.Connection[DictRow]
REQUESTS_PER_MINUTE = 20
# What one account may ask of other people's mailboxes. Each request is taken whole or refused whole.
PER_HOUR = 300
PER_HOUR_OF_MEETING = 500


def invite(principal: Principal, reference: str, request: InviteRequest, now: datetime) -> Invitations:
    """All or nothing. Who is invited already is told of as they are, and is sent nothing again.

    Raises 404, 403, 410, 422 `cannot_invite`, 409 `too_many_invitations`, 429.
    """
    user_id = require_user(principal)
    limit("invitations", principal.key, per_minute=REQUESTS_PER_MINUTE, now=now)
    wanted = _distinct(request)
    inviter = _inviter(user_id, wanted.user_ids)
    with transaction(principal) as conn:
        meeting = held(conn, reference)
        rules.require_open(meeting["status"])
        rows = _rows(user_id, meeting, wanted, inviter, now)
        # The meeting is held: nobody else invites to it meanwhile.
        new = _new(conn, meeting["id"], rows)
        _require_room(conn, meeting["id"], len(new))
        take_from_hour(principal.key, meeting["id"], len(new), now)
        _write(conn, principal, meeting["id"], new, now)
        pending = tell_invited(conn, new, meeting, inviter=inviter["display_name"], now=now)
        present = store.of_people(conn, meeting["id"], wanted.emails, wanted.user_ids)
    notifications.dispatch(pending, now)
    ids = [row["id"] for row in present.fetchall()] + [row["id"] for row in new if row["kind"] == "link"]
    with transaction(System()) as conn:
        made = store.by_ids(conn, ids)
    return Invitations(items=[views.invitation_of(row) for row in made.fetchall()])


def _distinct(request: InviteRequest) -> InviteRequest:
    once = {name: list(dict.fromkeys(getattr(request, name))) for name in ("emails", "user_ids")}
    return request.model_copy(update=once)


def _inviter(user_id: str, user_ids: Sequence[str]) -> DictRow:
    """Who may invite all of them. As the system: row security shows everybody their own account only."""
    with transaction(System()) as conn:
        own, people = store.own_settings(conn, user_id), store.reachable(conn, user_id, user_ids)
    missing = set(user_ids) - {person["id"] for person in people.fetchall()}
    row = own.fetchone()
    if missing:
        # The same for who is not there and for who has blocked the inviter.
        errors = [{"loc": ["body", "user_ids"], "msg": each, "type": "unknown"} for each in sorted(missing)]
        raise Problem("cannot_invite", 422, "Not all of them can be invited", errors=errors)
    if row is None:
        raise unauthorized("bad_token", "The account is gone.")
    return row


def _rows(
    user_id: str, meeting: DictRow, request: InviteRequest, inviter: DictRow, now: datetime
) -> list[dict[str, Any]]:
    end = meeting["scheduled_end_time"] or meeting["scheduled_start_time"]
    shared = {
        "meeting_id": meeting["id"],
        "inviter_user_id": user_id,
        "message": request.message or None,
        "user_id": None,
        "email": None,
        "timezone": inviter["timezone"],
        "max_uses": 1,
        "expires_at": expiry(None, end, now),
    }
    rows = [{**shared, "kind": "user", "user_id": invitee} for invitee in request.user_ids]
    rows += [{**shared, "kind": "email", "email": email} for email in request.emails]
    if request.link is not None:
        link = {"max_uses": request.link.max_uses, "expires_at": expiry(request.link, end, now)}
        rows.append({**shared, "kind": "link", **link})
    key = signing_keys()[0]
    return [_with_token(row, key, now) for row in rows]


def _with_token(row: dict[str, Any], key: str, now: datetime) -> dict[str, Any]:
    invitation_id = new_id(now)
    token = tokens.token_of(invitation_id, key)
    return {**row, "id": invitation_id, "token_hash": tokens.hash_of(token)}


def _require_room(conn: Conn, meeting_id: str, more: int) -> None:
    counted = store.count_of_meeting(conn, meeting_id).fetchone()
    if counted is not None and counted["invited"] + more > MAX_OF_MEETING:
        raise conflict(
            "too_many_invitations",
            f"A meeting has at most {MAX_OF_MEETING} invitations. A link serves any number of people.",
            title="Too many invitations",
        )


def take_from_hour(who: str, meeting_id: str, amount: int, now: datetime) -> None:
    """Raises 429 where so many letters are more than the hour has left, and then counts none of them."""
    limits = {f"invited_by:{who}": PER_HOUR, f"invited_to:{meeting_id}": PER_HOUR_OF_MEETING}
    if not live.take(limits, amount, now):
        raise rate_limited(live.seconds_left(now))


def _write(
    conn: Conn, principal: Principal, meeting_id: str, new: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Invitations with their letters."""
    if not new:
        return
    store.insert(conn, new, now)
    for row in new:
        if row["kind"] != "link":
            letters.put(conn, row["id"], "invitation", "first", now)
    kinds = sorted({row["kind"] for row in new})
    data = {"kinds": kinds, "count": len(new)}
    emit(
        conn,
        kind="invitation.created",
        meeting_id=meeting_id,
        user_id=principal.user_id,
        data=data,
        now=now,
    )
    audit(
        conn,
        principal,
        event_type="invitation",
        action="create",
        target_type="meeting",
        target_id=meeting_id,
        metadata=data,
        now=now,
    )


def _new(conn: Conn, meeting_id: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without those who are invited already."""
    emails = [row["email"] for row in rows if row["email"]]
    users = [row["user_id"] for row in rows if row["user_id"]]
    found = store.of_people(conn, meeting_id, emails, users).fetchall()
    known = {row["email"] or row["user_id"] for row in found}
    return [row for row in rows if (row["email"] or row["user_id"]) not in known]


def tell_invited(
    conn: Conn,
    rows: Sequence[Mapping[str, Any]],
    meeting: DictRow,
    *,
    inviter: str,
    now: datetime,
) -> notifications.Pending:
    """In the app and on their devices; the letter, which has a calendar entry, is our own."""
    start = meeting["scheduled_start_time"]
    return notifications.notify(
        conn,
        user_ids=[row["user_id"] for row in rows if row["user_id"]],
        type="invitation",
        title=f"{inviter} invites you to {meeting['title']}",
        data={
            "meeting_id": meeting["id"],
            "meeting_code": meeting["code"],
            **({"starts_at": start.isoformat()} if start else {}),
        },
        action_url="/calendar",
        # Who is asked again is told again.
        event_key=f"invitation:{meeting['id']}:{now.isoformat()}",
        subject=f"meeting:{meeting['id']}",
        channels={"in_app", "push"},
        now=now,
    )
