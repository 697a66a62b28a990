"""The shapes in which calls are asked for and told, over REST and over the socket."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from convoke.chat.model import Id
from convoke.meetings.model import Joined

# Who can be in a call, its caller included.
MOST_PEOPLE = 32
PAGE_DEFAULT = 25
PAGE_MAX = 100


class CallKind(StrEnum):
    ONE_TO_ONE = "one_to_one"
    GROUP = "group"


class MediaType(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


class CallStatus(StrEnum):
    RINGING = "ringing"
    ANSWERED = "answered"
    DECLINED = "declined"
    MISSED = "missed"
    ENDED = "ended"
    CANCELLED = "cancelled"
    BUSY = "busy"


class CallState(StrEnum):
    """One person's part in a call: `initiator` and `answered` are in it, `ended` were, or it rang for them
    until they were in its chat no more."""

    INITIATOR = "initiator"
    RINGING = "ringing"
    ANSWERED = "answered"
    DECLINED = "declined"
    MISSED = "missed"
    BUSY = "busy"
    ENDED = "ended"


class EndReason(StrEnum):
    HANGUP = "hangup"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    CONNECTION_LOST = "connection_lost"


OPEN = frozenset({CallStatus.RINGING, CallStatus.ANSWERED})
IN_CALL = frozenset({CallState.INITIATOR, CallState.ANSWERED})


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


UserIds = Annotated[list[Id], Field(min_length=1, max_length=MOST_PEOPLE - 1)]


class CallRequest(_Asked):
    """Body of `POST /v1/calls` and data of `call.start`: into a chat, or to people."""

    chat_id: Id | None = None
    user_ids: UserIds | None = None
    media_type: MediaType = MediaType.AUDIO

    @model_validator(mode="after")
    def _chat_or_people(self) -> Self:
        if (self.chat_id is None) == (self.user_ids is None):
            raise ValueError("name a chat_id, or user_ids")
        return self


class CallReference(_Asked):
    """Data of the socket's actions on a call."""

    call_id: Id


class InviteRequest(_Asked):
    """Body of `POST /v1/calls/{call_id}/invite`."""

    user_ids: UserIds


class SocketInvite(InviteRequest):
    call_id: Id


class CallPerson(_Told):
    user_id: str
    display_name: str
    avatar_url: str | None


class CallParticipant(CallPerson):
    state: CallState
    updated_at: datetime


class Call(_Told):
    """A call as its people and the members of its chat see it."""

    id: str
    chat_id: str
    chat_title: str | None = Field(description="null in a direct chat.")
    kind: CallKind
    media_type: MediaType
    status: CallStatus
    initiator: CallPerson | None = Field(
        description="null when the account is gone, and for who has blocked it."
    )
    participants: list[CallParticipant] = Field(description="The caller first, then in the order of ringing.")
    message_id: str | None
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    ended_by: str | None
    duration_seconds: int | None = Field(description="From the first answer to the end.")


class CallEvent(_Told):
    type: str
    user_id: str | None
    reason: str | None
    payload: dict[str, Any]
    at: datetime


class CallHistory(Call):
    """A call with everything that happened in it, oldest first."""

    events: list[CallEvent]


class CallPage(_Told):
    items: list[Call]
    next_cursor: str | None


class CallReply(_Told):
    call: Call


class InCall(CallReply):
    """Who starts or answers a call comes into its room as into a meeting: by the ticket in `join`."""

    join: Joined | None = Field(description="null where nobody could be rung: there is no room.")


class CallNote(_Told):
    """call.answered_elsewhere"""

    call_id: str


class CallAlive(_Told):
    """Answer to call.ping: `open` is false where the call is over and its end was missed."""

    open: bool


Direction = Literal["incoming", "outgoing"]

# Every event of calls with its data; all come in the scope `user`.
EVENTS: dict[str, type[BaseModel]] = {
    "call.ringing": CallReply,
    "call.updated": CallReply,
    "call.answered_elsewhere": CallNote,
    "call.ended": CallReply,
}
