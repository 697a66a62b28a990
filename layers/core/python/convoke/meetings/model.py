"""The shapes in which meetings and participants are asked for and told over REST."""

from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from convoke.meetings.rules import TAG_LENGTH, clean_tags, refuse_reserved_slug
from convoke.meetings.schedule import NextOccurrence, PlannedTime, Recurrence, ToldRecurrence
from convoke.text import line, prose

MAX_PARTICIPANTS = 500


class Role(StrEnum):
    HOST = "host"
    CO_HOST = "co-host"
    PARTICIPANT = "participant"
    VIEWER = "viewer"


class Presence(StrEnum):
    """A participant's status (the seeds' name for it; `invited` is admitted and not yet entered)."""

    INVITED = "invited"
    WAITING = "waiting"
    JOINED = "joined"
    LEFT = "left"
    REMOVED = "removed"


class MeetingStatus(StrEnum):
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    ENDED = "ended"
    CANCELLED = "cancelled"


class LeaveReason(StrEnum):
    VOLUNTARY = "voluntary"
    KICKED = "kicked"
    CONNECTION_LOST = "connection_lost"
    MEETING_ENDED = "meeting_ended"
    DENIED = "denied"


class Asked(BaseModel):
    """What a client sends: nothing unknown in it, and no silent conversion of a number into a text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


DisplayName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(partial(line, most=100))]
Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(partial(line, most=200))]
Description = Annotated[str, Field(max_length=5000), AfterValidator(partial(prose, most=5000))]
Slug = Annotated[
    str,
    Field(min_length=3, max_length=64, pattern=r"^[a-z0-9](-?[a-z0-9])*$"),
    AfterValidator(refuse_reserved_slug),
]
Tag = Annotated[str, Field(min_length=1, max_length=TAG_LENGTH)]
Tags = Annotated[list[Tag], Field(max_length=20), AfterValidator(clean_tags)]
Password = Annotated[str, Field(min_length=4, max_length=128)]
# Strict: "no" and 0 are not booleans, whatever a lenient parser makes of them.
Flag = Annotated[bool, Field(strict=True)]
Capacity = Annotated[int, Field(ge=2, le=MAX_PARTICIPANTS, strict=True)]


class MeetingSettings(Asked):
    """What the host decides about a meeting. `password` goes in and never comes out."""

    password: Password | None = None
    require_auth: Flag = False
    allow_guests: Flag = True
    waiting_room: Flag = False
    max_participants: Capacity = 100
    mute_on_entry: Flag = False
    allow_screen_share: Flag = True
    allow_chat: Flag = True
    allow_reactions: Flag = True
    allow_recording: Flag = False
    auto_record: Flag = False
    e2e_encryption: Flag = False
    # How long before the start people are reminded; 0: not at all.
    reminder_minutes: Annotated[int, Field(ge=0, le=1440, strict=True)] = 10


class _Times(Asked):
    scheduled_start_time: PlannedTime | None = None
    scheduled_end_time: PlannedTime | None = None

    @model_validator(mode="after")
    def _end_after_start(self) -> Self:
        start, end = self.scheduled_start_time, self.scheduled_end_time
        if start is not None and end is not None and end <= start:
            raise ValueError("scheduled_end_time must be after scheduled_start_time")
        return self


class MeetingRequest(_Times):
    """Body of `POST /v1/meetings`."""

    title: Title | None = None
    description: Description | None = None
    type: Literal["instant", "scheduled", "recurring"] = "instant"
    recurrence: Recurrence | None = None
    slug: Slug | None = None
    tags: Tags = Field(default_factory=list)
    settings: MeetingSettings = Field(default_factory=MeetingSettings)

    @model_validator(mode="after")
    def _times_fit_the_type(self) -> Self:
        start, end = self.scheduled_start_time, self.scheduled_end_time
        if self.type == "scheduled" and start is None:
            raise ValueError("a scheduled meeting needs scheduled_start_time")
        if (self.type == "recurring") != (self.recurrence is not None):
            raise ValueError("a recurring meeting, and no other, has a recurrence")
        if self.recurrence is not None:
            if start is None or end is None:
                raise ValueError("a recurring meeting needs scheduled_start_time and scheduled_end_time")
            self.recurrence.planned(start, end)
        if self.type == "instant" and (self.scheduled_start_time or self.scheduled_end_time):
            raise ValueError("an instant meeting has no scheduled times")
        return self


class MeetingChange(_Times):
    """Body of `PATCH /v1/meetings/{meeting}`: only what is named changes, in `settings` too."""

    title: Title | None = None
    description: Description | None = None
    slug: Slug | None = None
    tags: Tags = Field(default_factory=list)
    settings: MeetingSettings = Field(default_factory=MeetingSettings)
    recurrence: Recurrence | None = Field(default=None, description="null: it comes once, and no more.")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set or (
            "settings" in self.model_fields_set and not self.settings.model_fields_set
        ):
            raise ValueError("name at least one field to change")
        if "title" in self.model_fields_set and self.title is None:
            raise ValueError("a meeting has a title")
        return self


class JoinRequest(Asked):
    """Body of `POST /v1/meetings/{meeting}/join`. A guest must give a name."""

    display_name: DisplayName | None = None
    password: Annotated[str, Field(max_length=128)] | None = None
    client_version: Annotated[str, Field(max_length=50)] | None = None
    # Its token: it stands for the password.
    invitation: Annotated[str, Field(pattern=r"^inv_[A-Za-z0-9_-]{43}$")] | None = None


class ToldSettings(Told):
    has_password: bool
    require_auth: bool
    allow_guests: bool
    waiting_room: bool
    max_participants: int
    mute_on_entry: bool
    allow_screen_share: bool
    allow_chat: bool
    allow_reactions: bool
    allow_recording: bool
    auto_record: bool
    e2e_encryption: bool
    reminder_minutes: int


class Meeting(Told):
    """A meeting as its host and its participants see it. `version` is the ETag."""

    id: str
    code: str
    slug: str | None
    title: str
    description: str | None
    type: Literal["instant", "scheduled", "recurring", "call"]
    status: MeetingStatus
    host_user_id: str | None
    settings: ToldSettings
    tags: list[str]
    locked: bool
    scheduled_start_time: datetime | None
    scheduled_end_time: datetime | None
    recurrence: ToldRecurrence | None
    next_occurrence: NextOccurrence | None
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: int | None = Field(description="From the first entering to the end.")
    total_participants: int | None = Field(description="People who were in it, counted at the end.")
    participant_count: int = Field(description="People who are in it now.")
    version: int
    created_at: datetime
    updated_at: datetime
    join_url: str


class EntranceSettings(Told):
    has_password: bool
    require_auth: bool
    allow_guests: bool
    waiting_room: bool


class MeetingEntrance(Told):
    """What whoever holds the code may know before joining."""

    id: str
    code: str
    title: str
    type: Literal["instant", "scheduled", "recurring"]
    status: MeetingStatus
    scheduled_start_time: datetime | None
    scheduled_end_time: datetime | None
    settings: EntranceSettings
    join_url: str


class MeetingPage(Told):
    items: list[Meeting]
    next_cursor: str | None


class Participant(Told):
    id: str
    user_id: str | None
    display_name: str
    avatar_url: str | None = Field(description="As it was when they came; null for guests.")
    role: Role
    status: Presence
    muted: bool
    video_on: bool
    screen_sharing: bool
    hand_raised: bool
    joined_at: datetime | None
    left_at: datetime | None
    leave_reason: LeaveReason | None
    connection: Literal["connected", "reconnecting"]
    breakout_id: str | None = Field(default=None, description="The breakout room; null: the main room.")
    version: int = Field(description="Rises with every change: of two events, the higher is the later.")


class ParticipantRecord(Participant):
    """A participant as the host sees it; the last five are null for everybody else."""

    ip_address: str | None = None
    user_agent: str | None = None
    client_version: str | None = None
    first_joined_at: datetime | None = None
    duration_seconds: int | None = Field(default=None, description="All the time in the meeting, at the end.")


class ParticipantPage(Told):
    items: list[ParticipantRecord]
    next_cursor: str | None = None


class Controller(Told):
    """The regional deployment whose socket serves this meeting."""

    id: str
    endpoint: str
    region: str


class IceServer(Told):
    urls: list[str]
    username: str | None = None
    credential: str | None = None


class Joined(Told):
    """Answer to a join. The ticket opens a socket once, within five minutes."""

    participant_id: str
    meeting: Meeting | MeetingEntrance
    status: Literal["admitted", "waiting"]
    role: Role
    ticket: str
    participant_token: str | None = Field(description="Lets a guest come back for 12 hours; null for users.")
    controller: Controller
    ice_servers: list[IceServer]
    chat_id: str


def told(shape: BaseModel) -> dict[str, Any]:
    """A shape as JSON data: what goes into replies and events."""
    return shape.model_dump(mode="json", by_alias=True)
