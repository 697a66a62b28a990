"""The socket opens by a ticket, reads what it is sent, and goes."""

import importlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.jobs.sweep_participants import handler as sweep
from functions.routes import SOCKET_ACTIONS
from tests import gateway
from tests.conftest import Person, Product
from tests.convoke.media.conftest import Peer
from tests.room import PUBLISH, Device, Room, slug

SignUp = Callable[..., Person]


def _ticket(person: Person) -> str:
    return str(gateway.call("POST", "/v1/socket-tickets", token=person.access_token).body["ticket"])


@pytest.fixture
def device(room: Room) -> Device:
    """The host's socket, in no meeting."""
    made = Device(room.sockets)
    assert made.connect(_ticket(room.host)) == 200
    return made


def test_every_route_of_the_socket_has_an_action_and_none_is_left_over() -> None:
    assert set(importlib.import_module("functions.socket").ACTIONS) == set(SOCKET_ACTIONS)


@pytest.mark.parametrize("ticket", [None, "", "x" * 43, "a b", "x" * 5000])
def test_without_a_good_ticket_there_is_no_socket(room: Room, ticket: str | None) -> None:
    assert Device(room.sockets).connect(ticket) == 401


def test_a_ticket_opens_one_socket(room: Room) -> None:
    ticket = room.join("Gus").body["ticket"]
    assert Device(room.sockets).connect(ticket) == 200
    assert Device(room.sockets).connect(ticket) == 401


def test_a_ticket_is_dead_after_five_minutes(room: Room, product: Product) -> None:
    ticket = room.join("Gus").body["ticket"]
    key = f"wt:token:{ticket}"
    assert 0 < int(product.redis.ttl(key)) <= 300
    product.redis.hincrby(key, "created_at", -301)
    assert Device(room.sockets).connect(ticket) == 401


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "http://convoke.test", "https://convoke.test.evil.test", "null"]
)
def test_a_foreign_origin_is_refused_before_its_ticket_is_spent(room: Room, origin: str) -> None:
    ticket = room.join("Gus").body["ticket"]
    assert Device(room.sockets).connect(ticket, origin=origin) == 403
    assert Device(room.sockets).connect(ticket, origin=None) == 200


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"ping"',
        "{}",
        '{"action": 1, "id": "1"}',
        '{"action": "ping"}',
        '{"action": "ping", "id": ""}',
        '{"action": "ping", "id": 5}',
        json.dumps({"action": "ping", "id": "x" * 65}),
        '{"action": "ping", "id": "1", "data": []}'.replace("[]", "[1]"),
        '{"action": "ping", "id": "1", "data": "x"}',
        '{"action": "ping", "id": "1", "data": {"x": NaN}}',
        '{"action": "ping", "id": "\\u0000"}',
        '{"action": "ping", "id": "\\ud83d"}',
        '{"action": "\\ude00", "id": "1"}',
        '{"action": "ping", "id": "1", "data": {"x": ' + "9" * 5000 + "}}",
        "[" * 100_000,
    ],
)
def test_what_is_no_message_is_told_so(device: Device, body: str) -> None:
    assert slug(device.raw(body)) == "malformed_message"


def test_an_unknown_action_is_named_to_whoever_sent_it(device: Device) -> None:
    reply = device.raw('{"action": "meeting.explode", "id": "7"}')
    assert reply["reply_to"] == "7"
    assert slug(reply) == "unknown_action"


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("ping", {"x": 1}),
        ("join", {"publish": {}}),
        ("join", {"publish": {"sdp": ""}}),
        ("join", {"publish": {"sdp": "x" * 70_000}}),
        ("join", {"publish": {"sdp": "v=0", "streams": [{"mid": "0", "type": "hologram"}]}}),
        ("resume", {"participant_id": "x"}),
        ("resume", {"scopes": {"user": "x"}}),
        ("resume", {"scopes": {f"meeting:{n}": 1 for n in range(9)}}),
        ("participant.update", {"muted": "yes"}),
        ("participant.update", {"role": "host"}),
        ("participant.remove", {"participant_id": "' OR 1=1 --"}),
        ("participant.promote", {"participant_id": "0198a000-0000-7000-8000-000000000000", "role": "host"}),
        (
            "participant.rename",
            {"participant_id": "0198a000-0000-7000-8000-000000000000", "display_name": "\u202e"},
        ),
        ("reaction.send", {"emoji": "x" * 17}),
        ("lobby.admit", {}),
        ("lobby.admit", {"all": False}),
        ("lobby.admit", {"all": True, "participant_id": "0198a000-0000-7000-8000-000000000000"}),
        ("meeting.lock", {"locked": 1}),
        ("chat.send", {"chat_id": "x", "client_id": "1", "content": "x"}),
    ],
)
def test_wrong_data_is_told_where_it_is_wrong(device: Device, action: str, data: dict[str, Any]) -> None:
    reply = device.send(action, data)
    assert slug(reply) == "validation"
    assert reply["error"]["errors"][0]["loc"][0] == "data"
    assert "OR 1=1" not in json.dumps(reply)


def test_outside_of_a_meeting_its_actions_are_refused(device: Device) -> None:
    other = "0198a000-0000-7000-8000-000000000000"
    assert device.refused("join", {"publish": PUBLISH}) == "not_in_meeting"
    assert device.refused("participant.update", {"muted": True}) == "not_in_meeting"
    assert device.refused("participant.mute", {"participant_id": other}) == "not_in_meeting"
    assert device.refused("lobby.admit", {"all": True}) == "not_in_meeting"
    assert device.refused("meeting.end") == "not_in_meeting"
    assert device.refused("leave") == "not_in_meeting"


def test_ping_tells_the_time_and_an_unknown_connection_to_come_back(device: Device, product: Product) -> None:
    assert set(device.ask("ping")) == {"now"}
    product.redis.flushall()
    assert device.refused("ping") == "connection_unknown"


@pytest.mark.usefixtures("still_clock")
def test_a_flood_is_answered_by_a_limit_and_others_go_on(device: Device, room: Room) -> None:
    answers = [device.send("ping") for _ in range(70)]
    assert slug(answers[-1]) == "rate_limited"
    assert sum(answer["ok"] for answer in answers) >= 60
    other = Device(room.sockets)
    assert other.connect(_ticket(room.host)) == 200
    assert other.ask("ping")


def test_disconnecting_twice_or_from_nowhere_is_quiet(device: Device, room: Room) -> None:
    device.disconnect()
    device.disconnect()
    Device(room.sockets).disconnect()


SOMEBODY = "0198a000-0000-7000-8000-000000000000"
INSIDE: dict[str, dict[str, Any]] = {
    "leave": {},
    "media.connect": {"publish": PUBLISH},
    "media.restart": {"publish": PUBLISH},
    "participant.update": {"muted": True},
    "participant.mute": {"participant_id": SOMEBODY},
    "participant.remove": {"participant_id": SOMEBODY},
    "participant.rename": {"participant_id": SOMEBODY, "display_name": "Eve"},
    "participant.promote": {"participant_id": SOMEBODY, "role": "co-host"},
    "reaction.send": {"emoji": "👍"},
    "lobby.admit": {"all": True},
    "lobby.deny": {"participant_id": SOMEBODY},
    "meeting.lock": {"locked": True},
    "meeting.transfer": {"participant_id": SOMEBODY},
    "meeting.end": {},
    "breakout.create": {"count": 2},
    "breakout.shuffle": {},
    "breakout.assign": {"participant_ids": [SOMEBODY], "room_id": SOMEBODY},
    "breakout.open": {},
    "breakout.enter": {"room_id": None},
    "breakout.broadcast": {"text": "Two minutes"},
    "breakout.close": {},
    "breakout.expire": {},
    "breakout.read": {},
}
# What a device may ask for anywhere; all else is for people in a meeting, and tried below.
OUTSIDE = ("ping", "join", "resume", "chat.", "call.", "presence.")


def test_every_action_is_for_people_in_a_meeting_or_known_not_to_be() -> None:
    assert {name for name in SOCKET_ACTIONS if not name.startswith(OUTSIDE)} == set(INSIDE)


@pytest.mark.parametrize("action", sorted(INSIDE))
def test_who_is_in_no_meeting_can_do_nothing_in_any(device: Device, action: str) -> None:
    assert device.refused(action, INSIDE[action]) == "not_in_meeting"


@pytest.mark.parametrize("action", sorted(set(INSIDE) - {"leave"}))
def test_who_waits_can_do_nothing_inside(room: Room, action: str) -> None:
    assert (
        gateway.call(
            "PATCH", room.path, {"settings": {"waiting_room": True}}, token=room.host.access_token
        ).status
        == 200
    )
    host, guest = room.come_host(), room.arrive("Gus")
    assert guest.device.refused(action, INSIDE[action]) == "not_in_meeting"
    message = {"chat_id": room.id, "client_id": "c1", "content": "Hello"}
    assert guest.device.refused("chat.send", message) == "not_found"
    assert host.device.ask("ping")


def test_every_key_in_redis_has_a_time_to_live(
    new_room: Callable[..., Room], node: Peer, product: Product
) -> None:
    room = new_room(password="sesame")
    host, guest = room.come_host(), room.come("Gus", password="sesame")
    for person in (host, guest):
        person.device.ask("ping")
        person.device.ask("chat.send", {"chat_id": room.id, "client_id": person.id, "content": "Hello"})
    guest.device.ask("participant.update", {"hand_raised": True})
    host.device.ask("participant.rename", {"participant_id": guest.id, "display_name": "Gustav"})
    gateway.call(
        "POST", "/v1/meetings", {}, token=room.host.access_token, headers={"Idempotency-Key": "key-1"}
    )
    gateway.call("POST", "/v1/auth/logout", {}, token=room.host.access_token)
    gateway.call("POST", "/v1/auth/login", {"email": "ada@example.org", "password": "wrong"})
    assert room.join("Eve", password="guess").problem == "wrong_password"
    node.report(rooms={room.id: 2})
    host.device.disconnect()
    guest.device.ask("leave")
    sweep({}, gateway.CONTEXT)
    keys = [str(key) for key in product.redis.scan_iter(count=1000)]
    assert len(keys) > 20
    assert [key for key in keys if product.redis.ttl(key) == -1] == []
