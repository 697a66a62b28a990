"""Users with a device each, and chats among them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from convoke.chat import actions
from convoke.chat.conversation import GroupRequest
from convoke.chat.model import EditMessage, Message, MessageTarget, React, SendMessage
from convoke.delivery import actions as delivery
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Product
from tests.sockets import Sockets

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class User:
    """Somebody with an account, and an open socket."""

    id: str
    name: str
    principal: Principal
    connection: str

    def send(self, chat_id: str, content: str = "Hello", **fields: Any) -> Message:
        at = fields.pop("at", NOW)
        client_id = fields.pop("client_id", new_id())
        request = SendMessage(chat_id=chat_id, client_id=client_id, content=content, **fields)
        return actions.send(self.principal, None, request, at)

    def edit(self, message: Message, content: str, *, at: datetime = NOW, **fields: Any) -> Message:
        request = EditMessage(chat_id=message.chat_id, message_id=message.id, content=content, **fields)
        return actions.edit(self.principal, None, request, at)

    def delete(self, message: Message, *, at: datetime = NOW) -> Message:
        target = MessageTarget(chat_id=message.chat_id, message_id=message.id)
        return actions.delete(self.principal, None, target, at)

    def react(self, message: Message, emoji: str, *, on: bool = True, at: datetime = NOW) -> Message:
        request = React(chat_id=message.chat_id, message_id=message.id, emoji=emoji, on=on)
        return actions.react(self.principal, None, request, at)

    def read(self, chat_id: str, seq: int, *, at: datetime = NOW) -> int:
        """Up to where is read then."""
        return actions.mark_read(self.principal, None, chat_id, seq, at).read_seq

    def unread(self, chat_id: str) -> int:
        """As the list of chats says it, by way of Redis."""
        return next(chat.unread for chat in actions.list_chats(self.principal).items if chat.id == chat_id)

    def heard(self, sockets: Sockets, event: str | None = None) -> list[dict[str, Any]]:
        """The data of the events that came to the socket."""
        frames = sockets.frames[self.connection]
        return [frame["data"] for frame in frames if event in (None, frame["event"])]


def make_user(product: Product, name: str) -> User:
    user_id = new_id()
    product.owner.execute(
        "INSERT INTO users (user_id, email, username, display_name, created_at, updated_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (user_id, f"{user_id}@example.org", f"{name.lower()}-{user_id[-12:]}", name, NOW, NOW),
    )
    principal = Principal(user_id, None, None, new_id(), "user", "basic", name)
    user = User(user_id, name, principal, f"{name}-{user_id}")
    open_socket(user, user.connection)
    return user


def open_socket(user: User, connection: str) -> None:
    delivery.open_connection(connection, user.principal, NOW - timedelta(minutes=5))


def make_group(admin: User, *others: User, title: str = "Friends", at: datetime = NOW) -> str:
    request = GroupRequest(kind="group", title=title, user_ids=[other.id for other in others])
    return actions.create_group(admin.principal, request, at).id


def block(product: Product, blocker: User, blocked: User) -> None:
    product.owner.execute(
        "INSERT INTO blocks (user_id, blocked_user_id, created_at) VALUES (%s, %s, %s)",
        (blocker.id, blocked.id, NOW),
    )
