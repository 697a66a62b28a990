"""Who is asking, and the shapes in which accounts and sessions are told and asked for."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["user", "admin", "guest", "system"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever a token or a ticket speaks for: a guest has only a participant, a ticket may name both."""

    user_id: str | None
    participant_id: str | None
    meeting_id: str | None
    session_id: str | None
    role: Role
    account_type: str
    display_name: str | None = None
    ip: str | None = None
    user_agent: str | None = None

    @property
    def key(self) -> str:
        """The owner of the `user` scope: the user, or the participant whom a guest is."""
        owner = self.user_id or self.participant_id
        if owner is None:
            raise ValueError("a principal without user and participant owns nothing")
        return owner
