"""Events: numbered without a gap, delivered once to each socket, replayed or declared lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from convoke.backends import push
from convoke.delivery import actions, live, model
from convoke.identity.model import Principal
from tests.conftest import Product
from tests.sockets import Sockets

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
START = int(NOW.timestamp() * 1000)
ADA = Principal("0000-ada", None, None, "s1", "user", "basic", "Ada")


def _open(*connections: str, scope: str = "meeting:m") -> None:
    for connection in connections:
        actions.open_connection(connection, ADA, NOW - timedelta(minutes=5))
        actions.subscribe(connection, scope, now=NOW)


def test_an_event_reaches_every_socket_of_the_scope_as_one_frame(sockets: Sockets) -> None:
    _open("a=", "b+/")
    seq = actions.publish("meeting:m", "reaction", {"emoji": "👋", "participant_id": "p"}, now=NOW)
    frame = {"scope": "meeting:m", "seq": seq, "event": "reaction"} | {
        "data": {"emoji": "👋", "participant_id": "p"}
    }
    assert sockets.frames == {"a=": [frame], "b+/": [frame]}


def test_numbers_begin_with_the_time_and_rise_by_one(sockets: Sockets) -> None:
    assert actions.last_seq("meeting:m", NOW) == START
    numbers = [actions.publish("meeting:m", "reaction", {}, now=NOW) for _ in range(3)]
    assert numbers == [START + 1, START + 2, START + 3]
    assert actions.last_seq("meeting:m", NOW + timedelta(hours=1)) == START + 3


def test_who_subscribes_learns_the_last_number(sockets: Sockets) -> None:
    actions.open_connection("c", ADA, NOW)
    seq = actions.publish("meeting:m", "reaction", {}, now=NOW)
    assert actions.subscribe("c", "meeting:m", now=NOW) == seq


def test_twenty_publishers_at_once_leave_no_gap_and_deliver_each_event_once(sockets: Sockets) -> None:
    _open("a", "b")
    before = actions.last_seq("meeting:m", NOW)
    with ThreadPoolExecutor(20) as threads:
        numbers = list(
            threads.map(lambda n: actions.publish("meeting:m", "reaction", {"n": n}, now=NOW), range(200))
        )
    expected = list(range(before + 1, before + 201))
    assert sorted(numbers) == expected
    for connection in ("a", "b"):
        assert sorted(frame["seq"] for frame in sockets.frames[connection]) == expected
    replayed = actions.replay("meeting:m", before)
    assert replayed is not None
    assert [frame["seq"] for frame in replayed] == expected
    assert {frame["seq"]: frame["data"]["n"] for frame in replayed} == dict(
        zip(numbers, range(200), strict=True)
    )


def test_replay_gives_the_frames_after_a_number(sockets: Sockets) -> None:
    _open("a")
    numbers = [actions.publish("meeting:m", "reaction", {"n": n}, now=NOW) for n in range(4)]
    assert actions.replay("meeting:m", numbers[1]) == sockets.frames["a"][2:]
    assert actions.replay("meeting:m", numbers[-1]) == []


def test_a_number_from_before_the_kept_events_is_a_reload(sockets: Sockets) -> None:
    first, _ = live.append("meeting:m", model.event_body("reaction", {}), NOW)
    for _ in range(800):
        last, _ = live.append("meeting:m", model.event_body("reaction", {}), NOW)
    assert actions.replay("meeting:m", first) is None
    kept = actions.replay("meeting:m", last - 300)
    assert kept is not None
    assert len(kept) == 300


def test_after_a_flush_numbers_go_on_above_and_old_ones_are_a_reload(
    sockets: Sockets, product: Product
) -> None:
    last = [actions.publish("meeting:m", "reaction", {}, now=NOW) for _ in range(50)][-1]
    product.redis.flushall()
    assert actions.replay("meeting:m", last) is None
    later = actions.publish("meeting:m", "reaction", {}, now=NOW + timedelta(seconds=1))
    assert later > last
    assert actions.replay("meeting:m", last) is None


def test_a_scope_that_was_quiet_longer_than_its_log_lives_goes_on_without_a_gap(
    sockets: Sockets, product: Product
) -> None:
    last = actions.publish("meeting:m", "reaction", {}, now=NOW)
    product.redis.delete("log:{meeting:m}")
    assert actions.replay("meeting:m", last) == []
    assert actions.replay("meeting:m", last - 1) is None
    assert actions.publish("meeting:m", "reaction", {}, now=NOW + timedelta(hours=1)) == last + 1


def test_a_replay_too_large_for_one_reply_is_a_reload(sockets: Sockets) -> None:
    first = actions.publish("meeting:m", "reaction", {}, now=NOW)
    for _ in range(10):
        actions.publish("meeting:m", "message.created", {"content": "ü" * 4000}, now=NOW)
    assert actions.replay("meeting:m", first) is None


def test_a_principal_sees_its_own_scope_as_user_on_all_its_devices(sockets: Sockets) -> None:
    for device in ("laptop", "phone"):
        actions.open_connection(device, ADA, NOW)
    seq = actions.publish_to_principal("0000-ada", "lobby.admitted", {"meeting_id": "m"}, now=NOW)
    frame = {"scope": "user", "seq": seq, "event": "lobby.admitted", "data": {"meeting_id": "m"}}
    assert sockets.frames == {"laptop": [frame], "phone": [frame]}
    assert actions.replay(model.user_scope("0000-ada"), seq - 1) == [frame]


def test_every_key_has_a_time_to_live_and_a_closed_scope_dies_soon(
    sockets: Sockets, product: Product
) -> None:
    _open("a")
    actions.publish("meeting:m", "meeting.ended", {"reason": "host"}, now=NOW)
    assert [key for key in product.redis.scan_iter() if product.redis.ttl(key) == -1] == []
    actions.close_scope("meeting:m", 60)
    assert all(product.redis.ttl(key) <= 60 for key in product.redis.keys("*{meeting:m}"))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_api_gateway_is_asked_again(sockets: Sockets, status: int) -> None:
    sockets.answers["a"] = [status, status]
    assert push.post_many(["a", "b"], b"{}") == set()
    assert {name: len(frames) for name, frames in sockets.frames.items()} == {"a": 1, "b": 1}


def test_who_cannot_be_reached_is_not_gone(product: Product) -> None:
    assert push.post_many(["a", "b"], b"{}") == set()


def test_posts_are_signed_for_execute_api(sockets: Sockets) -> None:
    push.post_many(["a="], b"{}")
    authorization = sockets.headers[0]["authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=")
    assert "/execute-api/aws4_request" in authorization


@pytest.mark.parametrize("number", [0, 1, -1, -(2**70), 2**70])
def test_any_number_that_a_client_may_name_is_a_reload_at_no_cost(sockets: Sockets, number: int) -> None:
    actions.publish("meeting:m", "reaction", {}, now=NOW)
    assert actions.replay("meeting:m", number) is None


def test_as_many_events_as_are_kept_are_replayed_and_not_one_more(sockets: Sockets) -> None:
    first, *_ = [actions.publish("meeting:m", "r", {}, now=NOW) for _ in range(model.LOG_EVENTS + 1)]
    assert len(actions.replay("meeting:m", first) or []) == model.LOG_EVENTS
    assert actions.replay("meeting:m", first - 1) is None


def test_one_socket_that_hangs_holds_up_nobody_else(
    sockets: Sockets, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "READ_SECONDS", 3.0)  # what the others may take on a busy machine
    names = [f"c{number}" for number in range(200)]
    for name in names:
        _open(name)
    sockets.hang.add("c7")
    actions.publish("meeting:m", "reaction", {"emoji": "👍"}, now=NOW)
    assert {name for name in names if len(sockets.frames[name]) == 1} == set(names) - {"c7"}
    # Not gone, not asked again: it resumes when it lives.
    assert "c7" in live.members("meeting:m")
    assert sockets.hung == ["c7"]
