"""Who stands behind a socket message: a connection, its principal and the participant it speaks for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from convoke.errors import Problem, conflict
from convoke.identity.model import Principal


@dataclass(frozen=True)
class Caller:
    """One message's sender, and when it came."""

    connection_id: str
    principal: Principal
    participant_id: str | None
    meeting_id: str | None
    now: datetime

    def member(self) -> "Member":
        """The caller as somebody in a meeting. Raises Problem `not_in_meeting`."""
        if self.participant_id is None or self.meeting_id is None:
            raise not_in_meeting()
        return Member(
            connection_id=self.connection_id,
            principal=replace(self.principal, participant_id=self.participant_id, meeting_id=self.meeting_id),
            participant_id=self.participant_id,
            meeting_id=self.meeting_id,
            now=self.now,
        )


@dataclass(frozen=True)
class Member:
    """A caller who stands for a participant; what that participant may do is in its row."""

    connection_id: str
    principal: Principal
    participant_id: str
    meeting_id: str
    now: datetime

    def require_present(self, row: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """The caller's own row, if it is in the meeting by this very connection."""
        if row is None or row["status"] != "joined":
            raise not_in_meeting()
        if row["connection_id"] != self.connection_id:
            raise joined_elsewhere()
        return row


def not_in_meeting() -> Problem:
    return conflict("not_in_meeting", "Join the meeting first.", title="Not in the meeting")


def joined_elsewhere() -> Problem:
    return conflict(
        "joined_elsewhere", "Another device or window has taken this place.", title="Joined elsewhere"
    )
