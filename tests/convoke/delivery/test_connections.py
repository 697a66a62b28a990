"""Connections: remembered, bound, closed exactly once, forgotten when they are gone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from convoke.delivery import actions, live, model
from convoke.errors import Problem
from convoke.identity.model import Principal
from tests.conftest import Product
from tests.sockets import Sockets

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=5)
ADA = Principal("0000-ada", None, None, "s1", "user", "basic", "Ada", "192.0.2.1", "test")
GUEST = Principal(None, "0000-guest", "0000-meeting", None, "guest", "basic", "Gus")


def test_an_open_connection_is_known_with_its_principal(product: Product) -> None:
    actions.open_connection("c=", ADA, NOW)
    state = actions.connection("c=")
    assert state is not None
    assert state.principal == ADA
    assert (state.participant_id, state.meeting_id) == (None, None)
    assert state.scopes == {"user:0000-ada"}


def test_a_join_ticket_names_the_participant_at_once(product: Product) -> None:
    actions.open_connection("c", GUEST, NOW)
    state = actions.connection("c")
    assert state is not None
    assert (state.participant_id, state.meeting_id) == ("0000-guest", "0000-meeting")
    assert state.scopes == {"user:0000-guest"}


def test_bind_makes_the_connection_stand_for_a_participant(product: Product) -> None:
    actions.open_connection("c", ADA, NOW)
    actions.bind("c", participant_id="p", meeting_id="m")
    state = actions.connection("c")
    assert state is not None
    assert (state.participant_id, state.meeting_id) == ("p", "m")


def test_a_lost_connection_can_neither_be_bound_nor_subscribed(product: Product) -> None:
    actions.open_connection("c", ADA, NOW)
    product.redis.flushall()
    assert actions.connection("c") is None
    for attempt in (
        lambda: actions.bind("c", participant_id="p", meeting_id="m"),
        lambda: actions.subscribe("c", "meeting:m", now=NOW),
    ):
        with pytest.raises(Problem) as caught:
            attempt()
        assert caught.value.slug == "connection_unknown"
    assert live.members("meeting:m") == set()
    assert product.redis.keys("session:*") == []


def test_closing_takes_the_connection_out_of_all_its_scopes(product: Product) -> None:
    actions.open_connection("c", ADA, NOW)
    for scope in ("meeting:m", "chat:m"):
        actions.subscribe("c", scope, now=NOW)
    actions.unsubscribe("c", "chat:m")
    state = actions.close_connection("c")
    assert state is not None
    assert state.scopes == {"user:0000-ada", "meeting:m"}
    assert not any(live.members(scope) for scope in ("meeting:m", "chat:m", "user:0000-ada"))
    assert product.redis.keys("session:*") == []


def test_of_many_who_close_one_gets_the_state(product: Product) -> None:
    actions.open_connection("c", ADA, NOW)
    with ThreadPoolExecutor(8) as threads:
        states = list(threads.map(actions.close_connection, ["c"] * 8))
    assert len([state for state in states if state is not None]) == 1


def test_each_message_prolongs_the_record(product: Product) -> None:
    actions.open_connection("c", ADA, NOW)
    product.redis.expire("session:{c}", 5)
    actions.connection("c")
    assert product.redis.ttl("session:{c}") > 600


def test_a_gone_connection_leaves_every_scope_and_is_still_known_to_its_disconnect(
    sockets: Sockets, product: Product
) -> None:
    for name in ("here", "gone"):
        actions.open_connection(name, ADA, LONG_AGO)
        actions.subscribe(name, "meeting:m", now=LONG_AGO)
        actions.subscribe(name, "chat:m", now=LONG_AGO)
    sockets.gone.add("gone")
    actions.publish("meeting:m", "reaction", {"emoji": "👍"}, now=NOW)
    for scope in ("meeting:m", "chat:m", "user:0000-ada"):
        assert live.members(scope) == {"here"}
    assert 0 < product.redis.ttl("session:{gone}") <= model.GONE_SESSION_SECONDS
    state = actions.close_connection("gone")
    assert state is not None
    assert state.principal == ADA


def test_a_connection_whose_record_is_lost_is_taken_out_when_a_push_finds_it_gone(
    sockets: Sockets, product: Product
) -> None:
    actions.open_connection("gone", ADA, LONG_AGO)
    actions.subscribe("gone", "meeting:m", now=LONG_AGO)
    product.redis.delete("session:{gone}")
    sockets.gone.add("gone")
    actions.publish("meeting:m", "reaction", {}, now=NOW)
    assert live.members("meeting:m") == set()


def test_a_connection_that_is_still_being_opened_is_not_taken_for_gone(sockets: Sockets) -> None:
    actions.open_connection("new", ADA, NOW)
    sockets.gone.add("new")
    actions.publish_to_principal("0000-ada", "lobby.admitted", {}, now=NOW + timedelta(seconds=1))
    assert live.members("user:0000-ada") == {"new"}
    actions.publish_to_principal("0000-ada", "lobby.admitted", {}, now=NOW + timedelta(seconds=30))
    assert live.members("user:0000-ada") == set()


def test_disconnect_closes_the_socket_and_stops_delivery_at_once(sockets: Sockets) -> None:
    actions.open_connection("c", ADA, NOW)
    actions.subscribe("c", "meeting:m", now=NOW)
    actions.disconnect("c")
    actions.publish("meeting:m", "reaction", {}, now=NOW)
    assert sockets.closed == ["c"]
    assert sockets.frames == {}
    assert actions.close_connection("c") is not None
