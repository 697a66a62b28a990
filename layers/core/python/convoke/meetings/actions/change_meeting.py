"""Change a meeting's settings, lock it, or cancel it before it began."""

import re
from datetime import datetime
from typing import Any

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow

from convoke.backends.postgres import transaction
from convoke.chat import actions as chat
from convoke.errors import Problem, conflict, forbidden, invalid, not_found
from convoke.events import emit
from convoke.identity.model import Principal
from convoke.media import actions as media
from convoke.media.model import StreamType
from convoke.meetings import passwords, rules, views
from convoke.meetings.actions import announce, end_meeting, reschedule
from convoke.meetings.actions.create_meeting import slug_taken
from convoke.meetings.actions.record import record
from convoke.meetings.caller import Caller
from convoke.meetings.messages import LockRequest, MeetingReply
from convoke.meetings.model import Meeting, MeetingChange
from convoke.meetings.store import meetings, participants
from convoke.operations.actions import audit, limit

_ETAG = re.compile(r'"(\d{1,9})"')


def change_meeting(
    principal: Principal, reference: str, change: MeetingChange, *, if_match: str | None, now: datetime
) -> Meeting:
    """Change what `change` names. Raises 412 when `if_match` names another version: somebody was faster."""
    limit("meetings_change", principal.key, per_minute=120, now=now)
    changes = _changes(change)
    try:
        with transaction(principal) as conn:
            row = held(conn, reference)
            rules.require_open(row["status"])
            _require_version(row, if_match)
            changes = reschedule.of_meeting(conn, row, change, changes, now)
            _require_times(row, changes)
            changed = _write(conn, row, changes, now)
            silenced = _stop_sharing(conn, row, changes, now)
            data = {"fields": sorted(changes)}
            note(conn, principal, row["id"], kind="meeting.updated", action="change", data=data, now=now)
    except UniqueViolation as error:
        raise slug_taken() from error
    after = changed.fetchone() or {}
    announce.meeting_changed(after, now)
    for person in silenced:
        for kind in (StreamType.SCREEN, StreamType.SCREEN_AUDIO):
            media.pause(rules.media_room(person), person["id"], kind, revoked=True, now=now)
        announce.participant_changed("participant.updated", person, now)
    return views.meeting_of(after)


def lock_meeting(caller: Caller, request: LockRequest) -> MeetingReply:
    """Nobody new comes in while a meeting is locked, but host and co-hosts."""
    member = caller.member()
    with transaction(member.principal) as conn:
        held_meeting = meetings.by_id(conn, member.meeting_id, lock=True)
        rows = participants.locked(conn, member.meeting_id, [member.participant_id])
        actor = member.require_present(rows.fetchone())
        rules.require_leader(actor["role"])
        rules.require_open((held_meeting.fetchone() or {"status": "ended"})["status"])
        changed = meetings.change(conn, member.meeting_id, {"locked": request.locked}, caller.now)
        kind = "meeting.locked" if request.locked else "meeting.unlocked"
        data = {"locked": request.locked}
        note(conn, member.principal, member.meeting_id, kind=kind, action="lock", data=data, now=caller.now)
    row = changed.fetchone() or {}
    announce.meeting_changed(row, caller.now)
    return MeetingReply(meeting=views.meeting_of(row))


def cancel_meeting(principal: Principal, reference: str, now: datetime) -> None:
    """Take back a meeting that has not begun. Once more is no error; an active one is ended instead."""
    with transaction(principal) as conn:
        row = held(conn, reference)
        if row["status"] == "cancelled":
            return
        if row["status"] == "active":
            raise conflict("meeting_active", "End it instead.", title="The meeting is going on")
        rules.require_open(row["status"])
        over = end_meeting.finish(conn, row["id"], status="cancelled", reason="cancelled", now=now)
        note(conn, principal, row["id"], kind=None, action="cancel", now=now)
    end_meeting.announce_end(over, reason="cancelled", now=now)


def held(conn: psycopg.Connection[DictRow], reference: str) -> DictRow:
    """The meeting, held until commit, for its leaders. 404 for unknown and foreign, 403 for its others."""
    wanted = rules.reference_of(reference)
    if wanted is None:
        raise not_found()
    # The lock passes the policy for changes only; without it the participants' 403 would be a 404.
    seen = meetings.visible(conn, wanted)
    held_row = meetings.visible(conn, wanted, lock=True)
    row = seen.fetchone()
    if row is None:
        raise not_found()
    locked = held_row.fetchone()
    if locked is None or not locked["leads"]:
        raise forbidden("not_host", "Only the host and co-hosts may do this.")
    return locked


def note(
    conn: psycopg.Connection[DictRow],
    principal: Principal,
    meeting_id: str,
    *,
    kind: str | None,
    action: str,
    data: dict[str, Any] | None = None,
    now: datetime,
) -> None:
    """The event and the audit entry of something done to a meeting."""
    if kind is not None:
        emit(
            conn,
            kind=kind,
            meeting_id=meeting_id,
            user_id=principal.user_id,
            participant_id=principal.participant_id,
            data=data or {},
            now=now,
        )
    audit(
        conn,
        principal,
        event_type="meeting",
        action=action,
        target_type="meeting",
        target_id=meeting_id,
        metadata=data or {},
        now=now,
    )


def _changes(change: MeetingChange) -> dict[str, Any]:
    """What was named, by the store's names; the password as its hash."""
    changes = change.model_dump(exclude_unset=True, exclude={"settings"})
    if "settings" in change.model_fields_set:
        changes |= change.settings.model_dump(exclude_unset=True)
    if "password" in changes:
        password = changes.pop("password")
        changes["password_hash"] = passwords.hash_of(password) if password else None
    return changes


def _require_version(row: DictRow, if_match: str | None) -> None:
    if if_match is None or if_match.strip() == "*":
        return
    # RFC 9110 section 13.1.1: strong comparison, a list is allowed.
    named = [_ETAG.fullmatch(part.strip()) for part in if_match.split(",")]
    if row["version"] not in {int(match[1]) for match in named if match}:
        raise Problem(
            "version_conflict", 412, "The meeting has changed", "Load it again and repeat your change."
        )


def _require_times(row: DictRow, changes: dict[str, Any]) -> None:
    after = {**row, **changes}
    start, end = after["scheduled_start_time"], after["scheduled_end_time"]
    if row["type"] == "instant" and (start or end):
        raise invalid("an instant meeting has no scheduled times", field="scheduled_start_time")
    if after["type"] != "instant" and start is None:
        raise invalid("a scheduled meeting needs a start", field="scheduled_start_time")
    if start and end and end <= start:
        raise invalid("must be after scheduled_start_time", field="scheduled_end_time")


def _write(
    conn: psycopg.Connection[DictRow], row: DictRow, changes: dict[str, Any], now: datetime
) -> psycopg.Cursor[DictRow]:
    if "slug" in changes and changes["slug"] != row["slug"]:
        meetings.drop_slug(conn, row["id"])
        if changes["slug"]:
            meetings.put_slug(conn, row["id"], changes["slug"])
    if "allow_chat" in changes and changes["allow_chat"] != row["allow_chat"]:
        chat.set_open(conn, row["id"], is_open=changes["allow_chat"], now=now)
    return meetings.change(conn, row["id"], changes, now)


def _stop_sharing(
    conn: psycopg.Connection[DictRow], row: DictRow, changes: dict[str, Any], now: datetime
) -> list[DictRow]:
    """Where sharing is switched off: those whose screen is taken down. Leaders go on."""
    if changes.get("allow_screen_share") is not False or not row["allow_screen_share"]:
        return []
    stopped = participants.stop_sharing(conn, row["id"], now).fetchall()
    for person in stopped:
        record(conn, "participant.screen_share_stopped", person, now, by="meeting settings")
    return stopped
