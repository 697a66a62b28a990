"""People with sockets, who may see each other or not, and a clock that the test moves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from convoke.backends.postgres import System, transaction
from convoke.delivery import actions as delivery
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.presence import actions
from convoke.presence.model import Activity, UpdateRequest, WatchRequest
from tests.conftest import Person, Product
from tests.sockets import Sockets

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Somebody:
    """A user; `connection` is the socket of their first device."""

    person: Person
    sockets: Sockets
    principal: Principal
    connection: str = field(default_factory=lambda: f"{new_id()}=")

    @property
    def id(self) -> str:
        return self.person.id

    def come(self, at: datetime = NOW, connection: str | None = None) -> str:
        name = connection or self.connection
        delivery.open_connection(name, self.principal, at)
        actions.came(self.principal, name, at)
        return name

    def beat(self, at: datetime, connection: str | None = None) -> None:
        actions.beat(self.principal, connection or self.connection, at)

    def go(self, at: datetime, connection: str | None = None) -> None:
        delivery.close_connection(connection or self.connection)
        actions.went(self.principal, connection or self.connection, at)

    def say(self, state: Activity, at: datetime, connection: str | None = None) -> str:
        request = UpdateRequest(state=state)
        return actions.update(self.principal, connection or self.connection, request, at).state

    def watch(self, *others: "Somebody", at: datetime = NOW) -> dict[str, Any]:
        request = WatchRequest(user_ids=[other.id for other in others])
        watched = actions.watch(self.principal, self.connection, request, at)
        return {item.user_id: (item.state.value, item.last_seen_at) for item in watched.items}

    def unwatch(self, *others: "Somebody") -> None:
        request = WatchRequest(user_ids=[other.id for other in others])
        actions.unwatch(self.principal, self.connection, request)

    def heard(self, connection: str | None = None) -> list[str]:
        """The states that this one was told, in order."""
        return [frame["data"]["state"] for frame in self.frames(connection)]

    def frames(self, connection: str | None = None) -> list[dict[str, Any]]:
        pushed = self.sockets.frames[connection or self.connection]
        return [frame for frame in pushed if frame.get("event") == "presence.changed"]

    def adds(self, other: "Somebody") -> None:
        with transaction(System()) as conn:
            conn.execute(
                "INSERT INTO contacts (user_id, contact_user_id, created_at) VALUES (%s, %s, %s)",
                (self.id, other.id, NOW),
            )

    def blocks(self, other: "Somebody") -> None:
        with transaction(System()) as conn:
            conn.execute(
                "INSERT INTO blocks (user_id, blocked_user_id, created_at) VALUES (%s, %s, %s)",
                (self.id, other.id, NOW),
            )


Meet = Callable[[str], Somebody]


@pytest.fixture
def meet(product: Product, sockets: Sockets, sign_up: Callable[..., Person]) -> Meet:
    """`meet("Ada")`: a user, with no socket yet."""

    def one(name: str) -> Somebody:
        person = sign_up(name)
        return Somebody(person, sockets, Principal(person.id, None, None, None, "user", "basic"))

    return one


@pytest.fixture
def ada(meet: Meet) -> Somebody:
    return meet("Ada")


@pytest.fixture
def bob(meet: Meet, ada: Somebody) -> Somebody:
    """Has Ada as a contact, so that she may see him; and has come."""
    found = meet("Bob")
    found.adds(ada)
    ada.come()
    return found
