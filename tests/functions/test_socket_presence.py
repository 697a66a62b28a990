"""Presence over the socket: `ping` keeps it, meetings change it, a broken connection ends it."""

from collections.abc import Callable
from typing import Any

import pytest

from convoke.ids import new_id
from functions.jobs import sweep_presence
from tests import gateway
from tests.conftest import Person, Product
from tests.convoke.contacts.acquaintance import share_chat
from tests.room import PUBLISH, Device, Room
from tests.sockets import Sockets

SignUp = Callable[..., Person]


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


def connect(sockets: Sockets, person: Person) -> Device:
    device = Device(sockets)
    ticket = gateway.call("POST", "/v1/socket-tickets", token=person.access_token).body["ticket"]
    assert device.connect(ticket) == 200
    return device


def watch(device: Device, *people: Person) -> dict[str, str]:
    items = device.ask("presence.watch", {"user_ids": [person.id for person in people]})["items"]
    return {item["user_id"]: item["state"] for item in items}


def states(device: Device) -> list[str]:
    return [data["state"] for data in device.events("presence.changed")]


def test_somebody_comes_is_away_and_goes(sockets: Sockets, ada: Person, sign_up: SignUp) -> None:
    bob = sign_up("Bob")
    share_chat("group", ada, bob)
    watcher = connect(sockets, ada)
    assert watch(watcher, bob) == {bob.id: "offline"}
    device = connect(sockets, bob)
    assert device.ask("presence.update", {"state": "away"}) == {"state": "away"}
    device.ask("ping")
    assert device.ask("presence.update", {"state": "online"}) == {"state": "online"}
    device.disconnect()
    assert states(watcher) == ["online", "away", "online", "offline"]
    assert watch(watcher, bob) == {bob.id: "offline"}


def test_in_a_meeting_and_out_again(room: Room, sign_up: SignUp) -> None:
    watcher_person = sign_up("Bob")
    share_chat("group", room.host, watcher_person)
    watcher = connect(room.sockets, watcher_person)
    watch(watcher, room.host)
    host = room.come_host()
    host.device.ask("ping")
    assert watch(watcher, room.host) == {room.host.id: "in_meeting"}
    host.device.ask("leave")
    assert states(watcher) == ["online", "in_meeting", "online"]


def test_the_end_of_a_meeting_frees_everybody(room: Room, sign_up: SignUp) -> None:
    watcher_person = sign_up("Bob")
    share_chat("group", room.host, watcher_person)
    watcher = connect(room.sockets, watcher_person)
    watch(watcher, room.host)
    host = room.come_host()
    host.device.ask("meeting.end")
    assert states(watcher) == ["online", "in_meeting", "online"]


def test_a_meeting_taken_up_on_a_new_socket_shows_again(room: Room, sign_up: SignUp) -> None:
    watcher_person = sign_up("Bob")
    share_chat("group", room.host, watcher_person)
    watcher = connect(room.sockets, watcher_person)
    host = room.come_host()
    watch(watcher, room.host)
    again = connect(room.sockets, room.host)
    again.ask("resume", {"participant_id": host.id})
    host.device.disconnect()
    assert watch(watcher, room.host) == {room.host.id: "in_meeting"}
    assert states(watcher) == ["online", "in_meeting"]


def test_a_place_that_was_taken_over_does_not_keep_one_in_the_meeting(room: Room, product: Product) -> None:
    host = room.come_host()
    again = connect(room.sockets, room.host)
    again.ask("resume", {"participant_id": host.id})
    again.ask("leave")
    assert again.ask("presence.update", {"state": "online"}) == {"state": "online"}


def test_a_window_that_lost_the_place_is_still_somebody_at_a_device(room: Room, product: Product) -> None:
    host = room.come_host()
    again = connect(room.sockets, room.host)
    again.ask("resume", {"participant_id": host.id})
    product.redis.delete(f"presence:{{{room.host.id}}}")
    assert host.device.refused("ping") == "joined_elsewhere"
    assert product.redis.exists(f"presence:{{{room.host.id}}}")


def test_entering_with_a_socket_of_ones_own(
    sockets: Sockets, ada: Person, new_room: Callable[..., Room]
) -> None:
    room = new_room()
    joined = gateway.call("POST", f"{room.path}/join", {}, token=room.host.access_token)
    device = connect(sockets, room.host)
    device.ask("join", {"ticket": joined.body["ticket"], "publish": PUBLISH})
    assert device.ask("presence.update", {"state": "away"}) == {"state": "in_meeting"}
    device.ask("leave")
    assert device.ask("presence.update", {"state": "online"}) == {"state": "online"}


def test_guests_are_in_meetings_without_a_trace(room: Room, product: Product) -> None:
    guest = room.come("Gus")
    guest.device.ask("ping")
    assert guest.device.ask("presence.update", {"state": "away"}) == {"state": "away"}
    assert guest.device.refused("presence.watch", {"user_ids": [room.host.id]}) == "unauthorized"
    guest.device.disconnect()
    assert list(product.redis.scan_iter("presence:*")) == []


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("presence.watch", {}),
        ("presence.watch", {"user_ids": []}),
        ("presence.watch", {"user_ids": ["everybody"]}),
        ("presence.watch", {"user_ids": [new_id() for _ in range(201)]}),
        ("presence.watch", {"user_ids": "x", "more": 1}),
        ("presence.unwatch", {"user_ids": [None]}),
        ("presence.update", {"state": "in_call"}),
        ("presence.update", {"state": "offline"}),
        ("presence.update", {}),
    ],
)
def test_what_is_no_request_is_refused(
    action: str, data: dict[str, Any], sockets: Sockets, ada: Person
) -> None:
    assert connect(sockets, ada).refused(action, data) == "validation"


def test_the_job_says_what_it_found(sockets: Sockets, ada: Person, product: Product) -> None:
    connect(sockets, ada)
    assert sweep_presence.handler({}, gateway.CONTEXT) == {"looked": 0, "gone": 0}
    product.redis.zadd("presence:due", {ada.id: 1})
    product.redis.delete(f"presence:{{{ada.id}}}")
    assert sweep_presence.handler({}, gateway.CONTEXT) == {"looked": 1, "gone": 1}


def test_in_a_call(sockets: Sockets, ada: Person, sign_up: SignUp) -> None:
    bob = sign_up("Bob")
    share_chat("group", ada, bob)
    watcher, device = connect(sockets, ada), connect(sockets, bob)
    watch(watcher, bob)
    started = gateway.call(
        "POST", "/v1/calls", {"user_ids": [ada.id], "media_type": "audio"}, token=bob.access_token
    )
    assert started.status == 201, started
    device.ask("join", {"ticket": started.body["join"]["ticket"]})
    assert states(watcher) == ["in_call"]
    device.ask("leave")
    assert states(watcher) == ["in_call", "online"]
