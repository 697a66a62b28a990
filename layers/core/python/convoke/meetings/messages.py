"""The shapes of the socket: what a client asks in a meeting, what it is answered, and the events it gets."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from convoke.chat.model import Message
from convoke.media.model import NodeSession, PublishOffer
from convoke.meetings.breakouts import Breakouts
from convoke.meetings.model import Asked, DisplayName, Flag, Meeting, Participant, Told

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Scope = Annotated[str, Field(min_length=1, max_length=80)]


class Nothing(Asked):
    """An action without data."""


class Done(Told):
    """An answer without data."""


class Now(Told):
    now: datetime


class EnterRequest(Asked):
    ticket: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    publish: PublishOffer | None = Field(
        default=None, description="Without it one enters for roster and chat alone; `media` is null then."
    )


class RecentChat(Told):
    chat_id: str
    messages: list[Message] = Field(description="The last ones, at most 50, oldest first.")


class Entered(Told):
    """Everything a client shows on entering. `scopes` are the numbers after which its events go on."""

    meeting: Meeting
    me: Participant = Field(validation_alias="self", serialization_alias="self")
    participants: list[Participant]
    participants_total: int = Field(description="How many are in; a very long roster is read over REST.")
    media: NodeSession | None = Field(
        description="null without an offer, and when no media node can be had: ask by media.connect."
    )
    chat: RecentChat
    lobby: list[Participant] = Field(description="Who waits; empty but for host and co-hosts.")
    breakouts: Breakouts | None
    scopes: dict[str, int]


class ResumeRequest(Asked):
    participant_id: Id | None = None
    scopes: Annotated[dict[Scope, Annotated[int, Field(ge=0)]], Field(max_length=8)] = Field(
        default_factory=dict, description="The last number seen of each scope."
    )


class Missed(Told):
    """What was missed in a scope, or that it must be loaded afresh."""

    events: list[dict[str, Any]] | None = None
    reload: bool | None = None
    seq: int | None = Field(
        default=None, description="With `reload`: the number from which on events follow what is then loaded."
    )


class Resumed(Told):
    me: Participant | None = Field(validation_alias="self", serialization_alias="self")
    scopes: dict[str, Missed]
    meeting: Meeting | None = None
    participants: list[Participant] | None = None
    lobby: list[Participant] | None = None
    breakouts: Breakouts | None = None


class MediaRequest(Asked):
    publish: PublishOffer


class MediaReply(Told):
    media: NodeSession


class StateChange(Asked):
    muted: Flag | None = None
    video_on: Flag | None = None
    screen_sharing: Flag | None = None
    hand_raised: bool | None = None


class ReactionRequest(Asked):
    emoji: Annotated[str, Field(min_length=1, max_length=16)]


class TargetRequest(Asked):
    participant_id: Id


class RenameRequest(Asked):
    participant_id: Id
    display_name: DisplayName


class PromoteRequest(Asked):
    participant_id: Id
    role: Literal["co-host", "participant", "viewer"]


class AdmitRequest(Asked):
    participant_id: Id | None = None
    all: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_or_all(self) -> Self:
        if (self.participant_id is None) == (self.all is None):
            raise ValueError("name a participant_id, or all: true")
        return self


class Admitted(Told):
    admitted: list[str]


class LockRequest(Asked):
    locked: Flag


class ParticipantReply(Told):
    participant: Participant


class MeetingReply(Told):
    meeting: Meeting


class ParticipantChanged(Told):
    """participant.joined, participant.updated"""

    participant: Participant


class ParticipantLeft(Told):
    participant_id: str
    reason: str


class Reaction(Told):
    participant_id: str
    emoji: str


class MeetingChanged(Told):
    meeting: Meeting


class MeetingEnded(Told):
    reason: str


class LobbyWaiting(Told):
    meeting_id: str
    participant: Participant


class LobbyNote(Told):
    """lobby.left, lobby.admitted, lobby.denied, participant.removed, mute.requested"""

    meeting_id: str
    participant_id: str
    reason: str | None = None


# Every event that a socket gets, with its data. `lobby.*`, `participant.removed` and
# `mute.requested` come in the scope `user`, the others in the meeting's.
EVENTS: dict[str, type[Told]] = {
    "participant.joined": ParticipantChanged,
    "participant.left": ParticipantLeft,
    "participant.updated": ParticipantChanged,
    "reaction": Reaction,
    "meeting.updated": MeetingChanged,
    "meeting.ended": MeetingEnded,
    "lobby.waiting": LobbyWaiting,
    "lobby.left": LobbyNote,
    "lobby.admitted": LobbyNote,
    "lobby.denied": LobbyNote,
    "participant.removed": LobbyNote,
    "mute.requested": LobbyNote,
}
