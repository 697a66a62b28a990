"""What the socket tells of chats. In meetings' chats in the scope `chat:{id}`, in all others in `user`."""

from datetime import datetime

from pydantic import Field

from convoke.chat.conversation import ChatSummary, Mark, Member
from convoke.chat.model import Message, Told


class MessageEvent(Told):
    """message.created, message.updated; of private messages, to the two concerned in their scope `user`;
    of messages in breakout rooms, to who may read them there in theirs."""

    message: Message
    chat_seq: int = Field(
        description="The chat's number. One that skips some: ask for changes after the last."
    )


class ChatRead(Mark):
    """A mark was moved, on any of somebody's devices."""

    chat_id: str


class ChatCreated(Told):
    chat: ChatSummary


class ChatUpdated(Told):
    chat_id: str
    title: str | None
    avatar_url: str | None
    chat_seq: int


class ChatMuted(Told):
    """To the own devices."""

    chat_id: str
    muted_until: datetime | None


class MembersChanged(Told):
    """chat.member_added, chat.member_removed, chat.member_updated"""

    chat_id: str
    members: list[Member]
    chat_seq: int


EVENTS: dict[str, type[Told]] = {
    "message.created": MessageEvent,
    "message.updated": MessageEvent,
    "chat.read": ChatRead,
    "chat.created": ChatCreated,
    "chat.updated": ChatUpdated,
    "chat.muted": ChatMuted,
    "chat.member_added": MembersChanged,
    "chat.member_removed": MembersChanged,
    "chat.member_updated": MembersChanged,
}
