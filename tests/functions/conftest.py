"""Meetings with people in them, driven through the real handlers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from convoke.operations import live as operations
from tests.calling import Phone, Phones
from tests.conftest import Person, Product
from tests.convoke.media.conftest import Peer
from tests.room import Room, open_room
from tests.sockets import Sockets


@pytest.fixture
def new_room(sockets: Sockets, sign_up: Callable[..., Person]) -> Callable[..., Room]:
    """`new_room(waiting_room=True)`: a meeting with these settings, of a new host."""

    def make(**wanted: object) -> Room:
        return open_room(sockets, sign_up, **wanted)

    return make


@pytest.fixture
def still_clock(
    product: Product, stop_clock: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> datetime:
    """The time stands still: a limit's window, and what was counted in it, does not end during a test."""
    now, count = datetime.now(UTC), operations.count
    stop_clock(now)
    monkeypatch.setattr(operations, "count", lambda key, _: count(key, 24 * 3600))
    return now


@pytest.fixture
def room(new_room: Callable[..., Room]) -> Room:
    return new_room()


@pytest.fixture
def node(product: Product) -> Iterator[Peer]:
    """A peer that speaks the control contract of a media node, registered and serving."""
    with Peer("node-1") as peer:
        peer.report()
        yield peer


@pytest.fixture
def phone(sockets: Sockets, sign_up: Callable[..., Person]) -> Phones:
    """`phone("Ada")`: a new person with one open device."""
    return lambda name: Phone(sockets, sign_up(name))
