"""What devices tell, and what follows for the person and for those who follow them."""

from datetime import datetime, timedelta

import pytest

from convoke.presence import actions, live, model
from convoke.presence.model import BEST_FIRST, State
from tests.conftest import Product
from tests.convoke.presence.conftest import NOW, Somebody
from tests.wire import Relay


def state_of(somebody: Somebody, at: datetime) -> State:
    [fields] = live.look([somebody.id])
    return model.state_in(fields, at)


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_a_watcher_sees_somebody_come_and_go(ada: Somebody, bob: Somebody) -> None:
    assert ada.watch(bob) == {bob.id: ("offline", None)}
    bob.come()
    assert ada.watch(bob) == {bob.id: ("online", None)}
    bob.go(NOW + later(60))
    assert ada.watch(bob, at=NOW + later(61)) == {bob.id: ("offline", NOW + later(60))}
    assert ada.heard() == ["online", "offline"]
    [frame] = ada.frames()[1:]
    assert "seq" not in frame
    assert frame["scope"] == f"presence:{bob.id}"
    assert frame["data"] == {
        "user_id": bob.id,
        "state": "offline",
        "last_seen_at": "2026-11-20T12:01:00Z",
        "at": "2026-11-20T12:01:00Z",
    }


def test_a_beat_that_changes_nothing_tells_nobody(ada: Somebody, bob: Somebody) -> None:
    ada.watch(bob)
    bob.come()
    for seconds in range(20, 120, 20):
        bob.beat(NOW + later(seconds))
    assert ada.heard() == ["online"]


def test_of_several_devices_the_best_state_holds(ada: Somebody, bob: Somebody) -> None:
    ada.watch(bob)
    laptop, phone = bob.come(), bob.come(connection="phone=")
    assert bob.say("away", NOW, laptop) == "online"
    assert bob.say("away", NOW, phone) == "away"
    actions.engage(bob.id, phone, "in_meeting", NOW)
    actions.engage(bob.id, laptop, "in_call", NOW)
    actions.release([(bob.id, laptop)], NOW)
    bob.go(NOW, phone)
    bob.go(NOW, laptop)
    assert ada.heard() == ["online", "away", "in_meeting", "in_call", "in_meeting", "away", "offline"]


def test_a_beat_keeps_what_the_device_was(bob: Somebody) -> None:
    bob.come()
    bob.say("away", NOW)
    bob.beat(NOW + later(20))
    assert state_of(bob, NOW + later(20)) is State.AWAY
    actions.engage(bob.id, bob.connection, "queuing", NOW + later(30))
    bob.beat(NOW + later(40))
    assert state_of(bob, NOW + later(40)) is State.QUEUING
    # Activity goes on below what is done: afterwards it shows again.
    bob.say("online", NOW + later(50))
    actions.release([(bob.id, bob.connection)], NOW + later(60))
    assert state_of(bob, NOW + later(60)) is State.ONLINE


def test_a_device_that_is_gone_is_not_brought_back_by_leaving_a_meeting(bob: Somebody) -> None:
    bob.come()
    bob.go(NOW)
    actions.release([(bob.id, bob.connection)], NOW)
    assert state_of(bob, NOW) is State.OFFLINE


def test_a_silent_device_counts_no_more_though_another_lives(ada: Somebody, bob: Somebody) -> None:
    ada.watch(bob)
    laptop, phone = bob.come(), bob.come(connection="phone=")
    actions.engage(bob.id, phone, "in_meeting", NOW)
    silent = NOW + later(model.DEVICE_SECONDS + 1)
    bob.beat(silent, laptop)
    assert ada.heard() == ["online", "in_meeting", "online"]


def test_who_goes_quietly_is_found_by_the_sweep(ada: Somebody, bob: Somebody) -> None:
    ada.watch(bob)
    bob.come()
    ada.beat(NOW + later(100))
    bob.beat(NOW + later(60))
    assert actions.sweep(NOW + later(model.DEVICE_SECONDS)).looked == 0
    # Looked at, heard of meanwhile, and left in peace.
    swept = actions.sweep(NOW + later(model.DEVICE_SECONDS + 2))
    assert (swept.looked, swept.gone) == (2, 0)
    swept = actions.sweep(NOW + later(60 + model.DEVICE_SECONDS + 2))
    assert (swept.looked, swept.gone) == (1, 1)
    assert ada.heard() == ["online", "offline"]
    assert ada.watch(bob, at=NOW + later(300))[bob.id] == ("offline", NOW + later(60))
    assert actions.sweep(NOW + later(600)).looked == 1
    assert actions.sweep(NOW + later(900)).looked == 0


def test_last_seen_outlives_the_key(ada: Somebody, bob: Somebody, product: Product) -> None:
    bob.come()
    assert 0 < int(product.redis.ttl(f"presence:{{{bob.id}}}")) <= model.KEY_SECONDS
    bob.beat(NOW + later(model.SAVE_SECONDS + 1))
    product.redis.delete(f"presence:{{{bob.id}}}")
    at = NOW + later(1000)
    assert actions.sweep(at).gone >= 1
    assert ada.watch(bob, at=at) == {bob.id: ("offline", NOW + later(model.SAVE_SECONDS + 1))}


def test_last_seen_is_written_rarely(bob: Somebody, round_trips: Relay) -> None:
    bob.come()
    with round_trips.counted() as counted:
        for seconds in range(20, model.SAVE_SECONDS, 20):
            bob.beat(NOW + later(seconds))
    assert counted.trips == 0
    with round_trips.counted() as counted:
        bob.beat(NOW + later(model.SAVE_SECONDS + 1))
    assert counted.trips == 1


def test_a_flushed_redis_is_filled_by_the_next_beats(ada: Somebody, bob: Somebody, product: Product) -> None:
    bob.come()
    product.redis.flushall()
    # Sockets are not known any more then: clients connect anew and watch anew.
    ada.come(NOW + later(5))
    assert ada.watch(bob, at=NOW + later(5))[bob.id][0] == "offline"
    bob.come(NOW + later(10), "after-the-flush=")
    assert ada.watch(bob, at=NOW + later(11)) == {bob.id: ("online", None)}
    assert ada.heard() == ["online"]


def test_a_repeated_farewell_changes_nothing(ada: Somebody, bob: Somebody) -> None:
    ada.watch(bob)
    bob.come()
    bob.go(NOW + later(1))
    bob.go(NOW + later(2))
    assert ada.heard() == ["online", "offline"]


def test_changes_of_one_moment_are_told_apart(ada: Somebody, bob: Somebody) -> None:
    ada.watch(bob)
    bob.come()
    bob.say("away", NOW)
    bob.say("online", NOW)
    told = [datetime.fromisoformat(frame["data"]["at"]) for frame in ada.frames()]
    assert told == sorted(set(told))


def test_the_end_of_a_large_meeting_costs_one_round_trip(
    ada: Somebody, bob: Somebody, round_trips: Relay
) -> None:
    people = [(bob.id, bob.come(connection=f"device-{number}=")) for number in range(50)]
    for user_id, connection in people:
        actions.engage(user_id, connection, "in_meeting", NOW)
    ada.watch(bob)
    with round_trips.counted() as counted:
        actions.release(people, NOW)
    assert counted.trips == 1
    assert ada.heard() == ["online"]


def test_who_comes_back_by_a_function_that_began_earlier_is_there_later(ada: Somebody, bob: Somebody) -> None:
    bob.come()
    ada.watch(bob)
    bob.go(NOW + later(10))
    bob.come(NOW + later(9), "another=")
    frames = ada.frames()
    assert [frame["data"]["state"] for frame in frames] == ["offline", "online"]
    gone, back = (datetime.fromisoformat(frame["data"]["at"]) for frame in frames)
    assert gone < back


def test_guests_have_no_presence(product: Product) -> None:
    actions.engage(None, "connection=", "in_meeting", NOW)
    actions.release([(None, "connection="), ("user", None)], NOW)
    assert list(product.redis.scan_iter("presence:*")) == []


@pytest.mark.parametrize("place", range(len(BEST_FIRST)))
def test_the_states_have_an_order(place: int) -> None:
    assert model.best(BEST_FIRST[place:]) is BEST_FIRST[place]
    assert model.best([]) is State.OFFLINE
