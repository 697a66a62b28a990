"""Nobody has so many sockets that each event for them keeps others waiting."""

from datetime import UTC, datetime

import pytest

from convoke.delivery import actions, live, model
from convoke.errors import Problem
from convoke.identity.model import Principal
from tests.conftest import Product

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADA = Principal("0000-ada", None, None, "s1", "user", "basic", "Ada")
BOB = Principal("0000-bob", None, None, "s2", "user", "basic", "Bob")


@pytest.fixture
def crowded(product: Product, monkeypatch: pytest.MonkeyPatch) -> Product:
    """Ada has as many as she may have: three."""
    monkeypatch.setattr(model, "SOCKETS_MOST", 3)
    for number in range(3):
        actions.open_connection(f"c{number}", ADA, NOW)
    return product


def test_one_more_is_refused_and_others_have_their_own(crowded: Product) -> None:
    with pytest.raises(Problem) as caught:
        actions.open_connection("one-more", ADA, NOW)
    assert (caught.value.slug, caught.value.status) == ("too_many_sockets", 429)
    assert actions.connection("one-more") is None
    assert live.members("user:0000-ada") == {"c0", "c1", "c2"}
    actions.open_connection("bobs", BOB, NOW)


def test_when_one_is_closed_there_is_room_for_another(crowded: Product) -> None:
    actions.close_connection("c1")
    actions.open_connection("one-more", ADA, NOW)
    assert live.members("user:0000-ada") == {"c0", "c2", "one-more"}


def test_those_of_which_nothing_was_heard_for_long_take_no_room(crowded: Product) -> None:
    crowded.redis.delete("session:{c0}", "session:{c1}")
    actions.open_connection("one-more", ADA, NOW)
    assert live.members("user:0000-ada") == {"c2", "one-more"}
