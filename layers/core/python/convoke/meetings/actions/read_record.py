"""What a meeting was, for those who may look back at it: its host and admins."""

from dataclasses import dataclass
from datetime import datetime

from convoke.backends.postgres import System, transaction
from convoke.errors import forbidden, not_found
from convoke.identity.model import Principal
from convoke.meetings.rules import reference_of
from convoke.meetings.store import meetings, participants


@dataclass(frozen=True)
class Attendance:
    """Somebody who was in the meeting; `joined_at` is when they came first."""

    participant_id: str
    user_id: str | None
    display_name: str
    joined_at: datetime
    left_at: datetime | None


@dataclass(frozen=True)
class MeetingRecord:
    meeting_id: str
    code: str
    title: str
    started_at: datetime | None
    ended_at: datetime | None
    people: list[Attendance]


def read_record(principal: Principal, reference: str) -> MeetingRecord:
    """The meeting and all who were in it, in order of arrival. 404 for strangers, 403 for its other people.

    An admin reads as the system: row security knows a meeting's own people only.
    """
    wanted = reference_of(reference)
    if wanted is None:
        raise not_found()
    with transaction(System() if principal.role == "admin" else principal) as conn:
        row = meetings.visible(conn, wanted).fetchone()
        if row is None:
            raise not_found()
        if principal.role != "admin" and (
            principal.user_id is None or row["host_user_id"] != principal.user_id
        ):
            raise forbidden("host_only", "Only the host of a meeting sees this.")
        people = participants.roster(conn, row["id"], "joined", "left", "removed").fetchall()
    came = [
        Attendance(p["id"], p["user_id"], p["display_name"], p["first_joined_at"], p["left_at"])
        for p in people
        if p["first_joined_at"] is not None
    ]
    came.sort(key=lambda person: (person.joined_at, person.participant_id))
    return MeetingRecord(row["id"], row["code"], row["title"], row["started_at"], row["ended_at"], came)
