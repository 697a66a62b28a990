"""Messages as clients send and see them, who may see which, and the cursor of a chat's history."""

import base64
import binascii
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from convoke.errors import Problem
from convoke.identity.model import Principal
from convoke.text import prose

MAX_CONTENT = 4_000
PAGE_DEFAULT = 50
PAGE_MIN = 25
PAGE_MAX = 50
RECENT_KEPT = 100
SENDS_PER_MINUTE = 120

Id = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        examples=["01991b6e-5c00-7a10-8000-000000000000"],
    ),
]
ClientId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Direction = Literal["before", "after"]


class MessageType(StrEnum):
    TEXT = "text"
    FILE = "file"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    CALL = "call"
    SYSTEM = "system"


def _some_text(text: str) -> str:
    cleaned = prose(text, MAX_CONTENT)
    if not cleaned:
        raise ValueError("the message is empty")
    return cleaned


class MessageRequest(BaseModel):
    """Body of `POST /v1/chats/{chat_id}/messages`. `client_id` is the sender's own name for the message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: ClientId
    content: Annotated[str, Field(min_length=1, max_length=MAX_CONTENT), AfterValidator(_some_text)]
    type: Literal["text"] = "text"
    reply_to: Id | None = None
    recipient_participant_id: Id | None = None


class SendMessage(MessageRequest):
    """Data of the socket's `chat.send`."""

    chat_id: Id


class Sender(BaseModel):
    model_config = ConfigDict(frozen=True)

    participant_id: str | None
    user_id: str | None
    display_name: str


class Message(BaseModel):
    """A message as everybody sees it who may. The content of a deleted one is empty."""

    model_config = ConfigDict(frozen=True)

    id: str
    chat_id: str
    type: MessageType
    sender: Sender
    content: str
    reply_to: str | None = None
    recipient_participant_id: str | None = None
    client_id: str | None = None
    created_at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


class StoredMessage(Message):
    """With the private recipient's user, who has the right to read it on any device."""

    recipient_user_id: str | None = None

    def public(self) -> Message:
        return Message.model_validate(self.model_dump(exclude={"recipient_user_id"}))

    def visible_to(self, user_id: str | None, participant_id: str | None) -> bool:
        """Public, or between the two of whom this is one."""
        if self.recipient_participant_id is None:
            return True
        users = {self.sender.user_id, self.recipient_user_id} - {None}
        participants = {self.sender.participant_id, self.recipient_participant_id} - {None}
        return user_id in users or participant_id in participants


class MessagePage(BaseModel):
    """Messages oldest first. `next_cursor` goes on in the asked direction, null at the end.

    `later_cursor` stands after the newest of them: with `direction=after` it gives what is said from then on.
    """

    items: list[Message]
    next_cursor: str | None
    later_cursor: str | None


def owner_key(user_id: str | None, participant_id: str | None) -> str | None:
    """Whose `user` scope gets a private message (`Principal.key` of that person)."""
    return user_id or participant_id


def is_own(principal: Principal, user_id: str | None, participant_id: str | None) -> bool:
    """Whether a membership is the principal's."""
    if principal.user_id and user_id == principal.user_id:
        return True
    return bool(principal.participant_id and participant_id == principal.participant_id)


def encode_cursor(chat_id: str, message_id: str) -> str:
    """A place in one chat: both ids, so that it is refused in any other chat."""
    return base64.urlsafe_b64encode(UUID(chat_id).bytes + UUID(message_id).bytes).decode().rstrip("=")


def decode_cursor(chat_id: str, cursor: str) -> str:
    """The message id of a cursor of this chat; Problem 400 `invalid_cursor` otherwise."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32 or raw[:16] != UUID(chat_id).bytes:
        raise Problem("invalid_cursor", 400, "The cursor is not one of this chat")
    return str(UUID(bytes=raw[16:]))
