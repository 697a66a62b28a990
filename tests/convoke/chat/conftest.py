"""A meeting's chat with three people in it, and sockets that listen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from convoke.backends.postgres import System, transaction
from convoke.chat import actions
from convoke.chat.model import Message, SendMessage
from convoke.delivery import actions as delivery
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.people import User, make_group, make_user
from tests.sockets import Sockets

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Member:
    participant_id: str
    principal: Principal
    connection: str


@dataclass(frozen=True)
class Chat:
    id: str
    ada: Member
    bob: Member
    guest: Member


Send = Callable[..., Message]


@pytest.fixture
def chat(product: Product, sockets: Sockets) -> Chat:
    """Ada and Bob have accounts, the guest has none; everyone has one socket, in the chat's scope."""
    return make_chat(product)


@pytest.fixture
def send(chat: Chat) -> Send:
    """`send(chat.ada, "Hello", …)`: as the socket's `chat.send` does."""

    def say(member: Member, content: str, *, at: datetime = NOW, **fields: str) -> Message:
        request = SendMessage(
            chat_id=fields.pop("chat_id", chat.id),
            client_id=fields.pop("client_id", new_id()),
            content=content,
            reply_to=fields.pop("reply_to", None),
            recipient_participant_id=fields.pop("recipient_participant_id", None),
            breakout_id=fields.pop("breakout_id", None),
        )
        assert not fields
        return actions.send(member.principal, member.participant_id, request, at)

    return say


def make_chat(product: Product) -> Chat:
    chat_id = new_id()
    people = [_member(product, chat_id, name, has_account=name != "Gus") for name in ("Ada", "Bob", "Gus")]
    with transaction(System()) as conn:
        actions.open_meeting_chat(conn, chat_id, NOW)
        for member in people:
            name = member.principal.display_name or ""
            actions.add_member(conn, chat_id, member.participant_id, member.principal.user_id, name, NOW)
    for member in people:
        delivery.open_connection(member.connection, member.principal, NOW - timedelta(minutes=5))
        delivery.subscribe(member.connection, actions.scope_of(chat_id), now=NOW)
    return Chat(chat_id, *people)


def _member(product: Product, chat_id: str, name: str, *, has_account: bool) -> Member:
    participant_id, user_id = new_id(), new_id() if has_account else None
    if user_id:
        product.owner.execute(
            "INSERT INTO users (user_id, email, display_name, created_at, updated_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            (user_id, f"{user_id}@example.org", name, NOW, NOW),
        )
    principal = Principal(
        user_id=user_id,
        participant_id=None if user_id else participant_id,
        meeting_id=None if user_id else chat_id,
        session_id=None,
        role="user" if user_id else "guest",
        account_type="basic",
        display_name=name,
    )
    return Member(participant_id, principal, f"{name}-{participant_id}")


@pytest.fixture
def ada(product: Product, sockets: Sockets) -> User:
    return make_user(product, "Ada")


@pytest.fixture
def bob(product: Product, sockets: Sockets) -> User:
    return make_user(product, "Bob")


@pytest.fixture
def cleo(product: Product, sockets: Sockets) -> User:
    return make_user(product, "Cleo")


@pytest.fixture
def eve(product: Product, sockets: Sockets) -> User:
    """Somebody who is in no chat of the others."""
    return make_user(product, "Eve")


@pytest.fixture
def group(ada: User, bob: User, cleo: User) -> str:
    """A group of Ada (its admin), Bob and Cleo."""
    return make_group(ada, bob, cleo)
