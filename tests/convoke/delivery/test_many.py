"""One event for many people: a number in each one's own scope, and nothing kept for who is long away."""

from datetime import UTC, datetime, timedelta

from convoke.backends import redis
from convoke.delivery import actions, live, model
from convoke.identity.model import Principal
from tests.sockets import Sockets

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _open(connection: str, user: str) -> Principal:
    principal = Principal(user, None, None, f"session-{connection}", "user", "basic", user)
    actions.open_connection(connection, principal, NOW - timedelta(minutes=5))
    return principal


def _publish(*users: str) -> None:
    actions.publish_to_many(users, "message.created", {"n": 1}, now=NOW)


def test_every_device_of_everybody_gets_the_event_in_its_own_scope(sockets: Sockets) -> None:
    for connection, user in (("a1", "ada"), ("a2", "ada"), ("b1", "bob")):
        _open(connection, user)
    before = {user: actions.last_seq(model.user_scope(user), NOW) for user in ("ada", "bob")}
    _publish("ada", "bob")
    assert {connection: len(frames) for connection, frames in sockets.frames.items()} == {
        "a1": 1,
        "a2": 1,
        "b1": 1,
    }
    assert sockets.frames["a1"] == sockets.frames["a2"]
    assert sockets.frames["b1"][0] == {
        "scope": "user",
        "seq": before["bob"] + 1,
        "event": "message.created",
        "data": {"n": 1},
    }


def test_who_was_never_here_costs_no_memory(sockets: Sockets) -> None:
    _open("a1", "ada")
    _publish("ada", "zoe", "ada")
    assert len(sockets.frames["a1"]) == 1
    assert redis.client().keys("*{user:zoe}*") == []


def test_who_left_a_moment_ago_gets_it_by_replay(sockets: Sockets) -> None:
    _open("a1", "ada")
    seen = actions.last_seq(model.user_scope("ada"), NOW)
    actions.close_connection("a1")
    _publish("ada")
    replayed = actions.replay(model.user_scope("ada"), seen)
    assert replayed is not None
    assert [frame["data"] for frame in replayed] == [{"n": 1}]


def test_a_socket_that_is_gone_is_forgotten(sockets: Sockets) -> None:
    _open("a1", "ada")
    sockets.gone.add("a1")
    _publish("ada")
    assert live.members(model.user_scope("ada")) == set()


def test_of_a_thousand_people_those_who_are_there_get_it(sockets: Sockets) -> None:
    users = [f"user-{n}" for n in range(1000)]
    for user in users[:5]:
        _open(user, user)
    _publish(*users)
    assert set(sockets.frames) == set(users[:5])


def test_a_restarted_server_is_given_the_script_again(sockets: Sockets) -> None:
    _open("a1", "ada")
    _publish("ada")
    redis.client().script_flush()
    _publish("ada")
    first, second = sockets.frames["a1"]
    assert second["seq"] == first["seq"] + 1


def test_what_is_ephemeral_has_no_number_and_is_not_kept(sockets: Sockets) -> None:
    _open("a1", "ada")
    _open("b1", "bob")
    seen = actions.last_seq(model.user_scope("bob"), NOW)
    actions.push_ephemeral(["ada", "bob"], "chat.typing", {}, scope="chat:c", now=NOW)
    frame = {"scope": "chat:c", "event": "chat.typing", "data": {}}
    assert sockets.frames == {"a1": [frame], "b1": [frame]}
    assert actions.replay(model.user_scope("bob"), seen) == []
