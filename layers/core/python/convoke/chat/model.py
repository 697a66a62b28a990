"""Messages as clients send and see them, who may see which, and the cursor of a chat's history."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from convoke.chat.emoji import emoji
from convoke.chat.formatting import MAX_FORMATTED, formatted
from convoke.cursors import invalid_cursor, pack, unpack
from convoke.files.model import FileIds, FileRef
from convoke.identity.model import Principal
from convoke.text import prose

MAX_CONTENT = 4_000
PAGE_DEFAULT = 50
PAGE_MIN = 25
PAGE_MAX = 50
RECENT_KEPT = 100
SENDS_PER_MINUTE = 120
CHANGES_PER_MINUTE = 120
# More different ones under a message are no reaction to it but another conversation.
REACTIONS_MOST = 20
MENTIONS_MOST = 50

Id = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        examples=["01991b6e-5c00-7a10-8000-000000000000"],
    ),
]
ClientId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Seq = Annotated[int, Field(ge=0, le=2**62)]
Emoji = Annotated[str, Field(min_length=1, max_length=32), AfterValidator(emoji)]
Mentions = Annotated[
    list[Id],
    Field(
        max_length=MENTIONS_MOST,
        description="Member ids of those whom the text calls by name; who is not in the chat is left out.",
    ),
]
Formatted = Annotated[str, Field(max_length=MAX_FORMATTED), AfterValidator(formatted)]
Direction = Literal["before", "after"]


class MessageType(StrEnum):
    TEXT = "text"
    FILE = "file"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    CALL = "call"
    SYSTEM = "system"


WITH_FILES = frozenset({MessageType.FILE, MessageType.IMAGE, MessageType.VIDEO, MessageType.AUDIO})


def _text(text: str) -> str:
    return prose(text, MAX_CONTENT)


def _some_text(text: str) -> str:
    if not (cleaned := _text(text)):
        raise ValueError("the message is empty")
    return cleaned


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class MessageRequest(Asked):
    """Body of `POST /v1/chats/{chat_id}/messages`. `client_id` is the sender's own name for the message."""

    client_id: ClientId
    content: Annotated[str, Field(max_length=MAX_CONTENT), AfterValidator(_text)] = Field(
        default="", description="Plain text. May be empty where files are attached."
    )
    formatted_content: Formatted | None = Field(
        default=None, description="The same as HTML; what is not on a short list of elements is taken out."
    )
    type: Literal["text"] = "text"
    reply_to: Id | None = None
    recipient_participant_id: Id | None = None
    breakout_id: Id | None = Field(
        default=None,
        description="To the breakout room in which one is, and to nobody else. In meetings.",
    )
    file_ids: FileIds = Field(default_factory=list)
    mentions: Mentions = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.content and not self.file_ids:
            raise ValueError("the message is empty")
        if self.breakout_id and self.recipient_participant_id:
            raise ValueError("a message goes to one person or to a room")
        return self


class SendMessage(MessageRequest):
    """Data of the socket's `chat.send`."""

    chat_id: Id


class MessageChange(Asked):
    """Body of `PATCH /v1/chats/{chat_id}/messages/{message_id}`: what it says from now on."""

    content: Annotated[str, Field(min_length=1, max_length=MAX_CONTENT), AfterValidator(_some_text)]
    formatted_content: Formatted | None = None
    mentions: Mentions = Field(default_factory=list)


class MessageTarget(Asked):
    """Data of `chat.delete`: which message."""

    chat_id: Id
    message_id: Id


class EditMessage(MessageChange):
    """Data of `chat.edit`."""

    chat_id: Id
    message_id: Id


class React(MessageTarget):
    """Data of `chat.react`."""

    emoji: Emoji
    on: bool


class Sender(Told):
    participant_id: str | None
    user_id: str | None
    display_name: str


class Message(Told):
    """A message as everybody sees it who may. Nothing is left of a deleted one but that it was there."""

    id: str
    chat_id: str
    seq: int = Field(description="The chat's number at its birth: the order of messages.")
    changed_seq: int = Field(description="The chat's number at its latest change.")
    type: MessageType
    sender: Sender
    content: str
    formatted_content: str | None = None
    mentions: list[str] = Field(
        default_factory=list,
        description="Whom it calls by name (member ids). Whose `@username` is in the text is called, too.",
    )
    reply_to: str | None = None
    files: list[FileRef] = Field(default_factory=list)
    reactions: dict[str, list[str]] = Field(
        default_factory=dict, description="Who (member ids, in order) has reacted with which emoji."
    )
    call: dict[str, Any] | None = None
    recipient_participant_id: str | None = None
    breakout_id: str | None = Field(
        default=None, description="Said in this breakout room, for who was in it."
    )
    breakout_name: str | None = None
    client_id: str | None = None
    created_at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_by: str | None = None


class StoredMessage(Message):
    """With the private recipient's user, who has the right to read it on any device."""

    recipient_user_id: str | None = None

    def public(self) -> Message:
        # Constructed: every field has been looked at already, and a page has fifty of them.
        return Message.model_construct(**{name: getattr(self, name) for name in Message.model_fields})

    def visible_to(self, user_id: str | None, participant_id: str | None) -> bool:
        """Public, or between the two of whom this is one."""
        if self.recipient_participant_id is None:
            return True
        users = {self.sender.user_id, self.recipient_user_id} - {None}
        participants = {self.sender.participant_id, self.recipient_participant_id} - {None}
        return user_id in users or participant_id in participants


class MessagePage(Told):
    """Messages oldest first. `next_cursor` goes on in the asked direction, null at the end.

    `later_cursor` stands after the newest of them: with `direction=after` it gives what is said from then on.
    """

    items: list[Message]
    next_cursor: str | None
    later_cursor: str | None
    seq: int = Field(description="The chat's number when this was read: ask for changes after it.")


class MessageReply(Told):
    """Answer to the actions that make or change a message."""

    message: Message
    chat_seq: int


class Breakout(NamedTuple):
    """A breakout room, as far as its chat is concerned."""

    id: str
    name: str


def owner_key(user_id: str | None, participant_id: str | None) -> str | None:
    """Whose `user` scope gets a private message (`Principal.key` of that person)."""
    return user_id or participant_id


def is_own(principal: Principal, user_id: str | None, participant_id: str | None) -> bool:
    """Whether a membership is the principal's."""
    if principal.user_id and user_id == principal.user_id:
        return True
    return bool(principal.participant_id and participant_id == principal.participant_id)


def encode_cursor(chat_id: str, seq: int) -> str:
    """A place in one chat, with the chat's id, so that it is refused in any other chat."""
    return pack(UUID(chat_id).bytes + seq.to_bytes(8))


def decode_cursor(chat_id: str, cursor: str) -> int:
    """The number in a cursor of this chat; Problem 400 `invalid_cursor` otherwise."""
    raw = unpack(cursor)
    if len(raw) != 24 or raw[:16] != UUID(chat_id).bytes or raw[16] & 0x80:
        raise invalid_cursor()
    return int.from_bytes(raw[16:])
