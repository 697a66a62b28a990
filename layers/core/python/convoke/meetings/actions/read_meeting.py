"""Read meetings and their rosters: what row security lets the caller see, or the reduced form."""

from datetime import datetime
from typing import Any

from convoke.backends.postgres import transaction
from convoke.cursors import require_id
from convoke.errors import not_found
from convoke.identity.model import Principal, require_user
from convoke.meetings import views
from convoke.meetings.model import Meeting, MeetingEntrance, MeetingPage, MeetingStatus, ParticipantPage
from convoke.meetings.rules import reference_of
from convoke.meetings.store import meetings, participants
from convoke.operations.actions import limit, network_of


def read_meeting(caller: Principal, reference: str, now: datetime) -> Meeting | MeetingEntrance:
    """The meeting for those in it, the entrance for whoever holds its id, code or slug, else 404.

    Strangers are counted by address: guessing codes is slow, besides being hopeless.
    """
    if caller.user_id is None and caller.participant_id is None:
        limit("meetings_read", network_of(caller.ip), per_minute=1200, now=now)
    wanted = reference_of(reference)
    if wanted is None:
        raise not_found()
    with transaction(caller) as conn:
        found = meetings.seen_by_anyone(conn, wanted)
    row = found.fetchone()
    if row is None:
        raise not_found()
    if row["id"] is not None:
        return views.meeting_of(row)
    prefix = "entrance_"
    return views.entrance_of(
        {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}
    )


def require_visible(caller: Principal, reference: str) -> str:
    """The id of a meeting whose people include the caller; 404 for everybody else."""
    with transaction(caller) as conn:
        found = meetings.visible(conn, reference)
    row = found.fetchone()
    if row is None:
        raise not_found()
    return str(row["id"])


def list_meetings(
    principal: Principal, *, cursor: str | None, limit: int, status: MeetingStatus | None
) -> MeetingPage:
    """Meetings that the user hosts or took part in, newest first. `cursor` is what the page before gave."""
    user_id = require_user(principal)
    require_id(cursor)
    with transaction(principal) as conn:
        rows = meetings.of_user(conn, user_id, before=cursor, status=status, limit=limit + 1)
    items = [views.meeting_of(row) for row in rows[:limit]]
    return MeetingPage(items=items, next_cursor=items[-1].id if len(rows) > limit else None)


def list_participants(
    principal: Principal, reference: str, *, cursor: str | None, limit: int
) -> ParticipantPage:
    """Host and co-hosts see everybody who ever came, with addresses; participants see who is in.

    In the order of their first coming. `cursor` is what the page before gave.
    """
    require_id(cursor)
    wanted = reference_of(reference)
    if wanted is None:
        raise not_found()
    with transaction(principal) as conn:
        meeting: dict[str, Any] | None = meetings.visible(conn, wanted).fetchone()
        if meeting is None:
            raise not_found()
        leads = bool(meeting["leads"])
        page = participants.page(conn, meeting["id"], leads=leads, after=cursor, limit=limit + 1)
    rows = page.fetchall()
    items = [views.record_of(row, in_full=leads) for row in rows[:limit]]
    return ParticipantPage(items=items, next_cursor=items[-1].id if len(rows) > limit else None)
