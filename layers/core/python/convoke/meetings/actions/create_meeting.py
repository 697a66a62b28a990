"""Create a meeting: the row, its names, its chat, the audit entry and the event, all or nothing."""

import secrets
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation

from convoke.backends.postgres import transaction
from convoke.chat import actions as chat
from convoke.errors import Problem, conflict
from convoke.events import emit
from convoke.identity.model import Principal, require_user
from convoke.ids import new_id
from convoke.meetings import passwords, views
from convoke.meetings.actions import reschedule
from convoke.meetings.model import Meeting, MeetingRequest
from convoke.meetings.rules import new_code
from convoke.meetings.store import meetings, occurrences
from convoke.operations.actions import audit, limit
from convoke.settings import settings

# A code is one of 26^10: even the second attempt is not expected within the lifetime of the product.
CODE_ATTEMPTS = 3


def create_meeting(principal: Principal, request: MeetingRequest, now: datetime) -> Meeting:
    """A new meeting of the user. Raises Problem `slug_taken` (409)."""
    require_user(principal)
    limit("meetings_create", principal.key, per_minute=60, now=now)
    row = _row(principal, request, now)
    for _ in range(CODE_ATTEMPTS):
        try:
            return _create(principal, row, new_code(secrets.choice), now)
        except UniqueViolation as error:
            if error.diag.constraint_name != "meeting_codes_pkey":
                raise slug_taken() from error
    raise Problem("unavailable", 503, "Try again in a moment", headers={"retry-after": "1"})


def slug_taken() -> Problem:
    return conflict("slug_taken", "Choose another slug.", title="The slug is taken")


def _row(principal: Principal, request: MeetingRequest, now: datetime) -> dict[str, Any]:
    wanted = request.settings
    return {
        **request.model_dump(exclude={"settings", "recurrence"}),
        **recurring(request),
        **wanted.model_dump(exclude={"password"}),
        "id": new_id(now),
        "host_user_id": principal.user_id,
        "password_hash": passwords.hash_of(wanted.password) if wanted.password else None,
        "controller_id": settings().controller_id,
        "region": settings().region,
    }


def recurring(request: MeetingRequest) -> dict[str, Any]:
    """The rule of a recurring meeting, and the times of its first occurrence."""
    start, end = request.scheduled_start_time, request.scheduled_end_time
    if request.recurrence is None or start is None or end is None:
        return {}
    segment = request.recurrence.planned(start, end)
    return {"segment": segment, **reschedule.times_of(reschedule.first_of(segment))}


def _create(principal: Principal, row: dict[str, Any], code: str, now: datetime) -> Meeting:
    meeting_id = row["id"]
    with transaction(principal) as conn:
        created = meetings.insert(conn, row, code=code, now=now)
        if "segment" in row:
            occurrences.put_segment(conn, meeting_id, row["segment"])
            created = meetings.by_id(conn, meeting_id)
        chat.open_meeting_chat(conn, meeting_id, now)
        if not row["allow_chat"]:
            chat.set_open(conn, meeting_id, is_open=False, now=now)
        emit(
            conn,
            kind="meeting.created",
            meeting_id=meeting_id,
            user_id=principal.user_id,
            data={"type": row["type"]},
            now=now,
        )
        audit(
            conn,
            principal,
            event_type="meeting",
            action="create",
            target_type="meeting",
            target_id=meeting_id,
            now=now,
        )
    return views.meeting_of(created.fetchone() or {})
