"""The shapes in which invitations and calendars are asked for and told, and what decides about them."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from convoke.errors import Problem
from convoke.identity.model import EmailAddress
from convoke.text import prose

MAX_AT_ONCE = 100
MAX_OF_MEETING = 1000
MAX_RESENT = 5
RESEND_PAUSE = timedelta(minutes=5)
# How long somebody may take to answer; an invitation to something later waits until that is over.
ANSWER_TIME = timedelta(days=30)
LINK_TIME = timedelta(days=365)
TOKEN_FORM = r"^inv_[A-Za-z0-9_-]{43}$"  # noqa: S105 (a form)

Kind = Literal["user", "email", "link"]
Status = Literal["pending", "accepted", "declined", "revoked", "expired"]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LinkRequest(_Asked):
    """A link for whoever gets it. Without `max_uses` as many may come as the meeting takes."""

    max_uses: Annotated[int, Field(ge=1, le=500, strict=True)] | None = None
    expires_at: AwareDatetime | None = Field(
        default=None, description="Default: in a year, which is the most."
    )


class InviteRequest(_Asked):
    """Body of `POST /v1/meetings/{meeting}/invitations`: a hundred people at most, or a link, or both."""

    emails: Annotated[list[EmailAddress], Field(max_length=MAX_AT_ONCE)] = Field(default_factory=list)
    user_ids: Annotated[list[Id], Field(max_length=MAX_AT_ONCE)] = Field(default_factory=list)
    link: LinkRequest | None = None
    message: Annotated[str, Field(max_length=1000), AfterValidator(partial(prose, most=1000))] | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.emails or self.user_ids or self.link):
            raise ValueError("name somebody to invite, or ask for a link")
        if len(self.emails) + len(self.user_ids) > MAX_AT_ONCE:
            raise ValueError(f"at most {MAX_AT_ONCE} people at once")
        return self


class Person(BaseModel):
    user_id: str
    display_name: str
    avatar_url: str | None


class Invitation(BaseModel):
    """One, as those who lead the meeting see it."""

    id: str
    meeting_id: str
    kind: Kind
    status: Status
    user: Person | None
    email: str | None
    max_uses: int | None
    uses: int
    expires_at: datetime
    created_at: datetime
    answered_at: datetime | None
    sent_at: datetime | None
    url: str | None = Field(description="Of a link; who is invited in person gets the own one.")


class Invitations(BaseModel):
    items: list[Invitation]


class InvitationPage(Invitations):
    next_cursor: str | None


class InvitedMeeting(BaseModel):
    """What an invitation tells of its meeting."""

    id: str
    code: str
    title: str
    description: str | None
    type: str
    status: str
    start: datetime | None
    end: datetime | None
    recurrence: str | None = Field(description="The rule in words.")
    timezone: str | None
    join_url: str


class ReceivedInvitation(BaseModel):
    """One, as whoever is invited sees it."""

    id: str
    kind: Kind
    status: Status
    meeting: InvitedMeeting
    inviter: Person | None
    message: str | None
    expires_at: datetime
    created_at: datetime
    answered_at: datetime | None


class ReceivedPage(BaseModel):
    items: list[ReceivedInvitation]
    next_cursor: str | None


class CalendarEvent(BaseModel):
    """A meeting, or one occurrence of it, in somebody's calendar."""

    meeting_id: str
    code: str
    title: str
    type: str
    status: Literal["scheduled", "active", "ended", "cancelled"]
    start: datetime
    end: datetime
    original_start: datetime | None = Field(description="Names the occurrence of a recurring meeting.")
    role: Literal["host", "invited", "participant"]
    invitation_id: str | None
    answer: Status | None = Field(description="To the invitation.")
    join_url: str


class CalendarPage(BaseModel):
    items: list[CalendarEvent]
    next_cursor: str | None = None


class Feed(BaseModel):
    """Where a calendar program finds one's meetings. Whoever has the address can read them."""

    url: str


class InvitationAnswered(BaseModel):
    """To whoever has invited."""

    invitation_id: str
    meeting_id: str
    status: Status


# In the scope `user`.
EVENTS: dict[str, type[BaseModel]] = {"invitation.updated": InvitationAnswered}


def expiry(asked: LinkRequest | None, end: datetime | None, now: datetime) -> datetime:
    """Until when an invitation is good. Raises Problem `validation`."""
    if asked is None:
        return max(now + ANSWER_TIME, (end or now) + timedelta(days=1))
    latest = now + LINK_TIME
    if asked.expires_at is not None and not now < asked.expires_at <= latest:
        raise Problem("validation", 422, "The request is not valid", "expires_at must be within a year")
    return asked.expires_at or latest


def require_good(row: dict[str, Any], now: datetime) -> None:
    """Raise if an invitation was taken back or has expired; one that was answered in time stays good."""
    status = row["status"]
    answered = status in ("accepted", "declined") and row["kind"] != "link"
    if status == "revoked":
        raise gone("invitation_revoked", "The invitation was taken back")
    if status == "expired" or (row["expires_at"] <= now and not answered):
        raise gone("invitation_expired", "The invitation has expired")


def used() -> Problem:
    return gone("invitation_used", "The invitation was used already")


def gone(slug: str, title: str) -> Problem:
    return Problem(slug, 410, title, "Ask whoever invited you for another.")
