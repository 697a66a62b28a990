"""The socket's actions of chat, on the sockets of signed-in people and in a meeting."""

from collections.abc import Callable
from typing import Any

import pytest

from convoke.ids import new_id
from tests import gateway
from tests.conftest import Person
from tests.room import Device, Room
from tests.sockets import Sockets


@pytest.fixture
def ada(sign_up: Callable[..., Person]) -> Person:
    return sign_up("Ada")


@pytest.fixture
def bob(sign_up: Callable[..., Person]) -> Person:
    return sign_up("Bob")


@pytest.fixture
def open_device(sockets: Sockets) -> Callable[[Person], Device]:
    def connect(person: Person) -> Device:
        ticket = gateway.call("POST", "/v1/socket-tickets", {}, token=person.access_token)
        assert ticket.status in (200, 201), ticket
        device = Device(sockets)
        assert device.connect(ticket.body["ticket"]) == 200
        return device

    return connect


@pytest.fixture
def chat_id(ada: Person, bob: Person, sockets: Sockets) -> str:
    body = {"kind": "direct", "user_id": bob.id}
    made = gateway.call("POST", "/v1/chats", body, token=ada.access_token)
    return str(made.body["id"])


def _message(chat_id: str, content: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"chat_id": chat_id, "client_id": new_id(), "content": content, **more}


def test_everything_reaches_all_devices_of_both(
    ada: Person, bob: Person, chat_id: str, open_device: Callable[[Person], Device]
) -> None:
    laptop, phone, other = open_device(ada), open_device(ada), open_device(bob)
    sent = laptop.ask("chat.send", _message(chat_id))
    assert sent["chat_seq"] == sent["message"]["seq"] == 1
    target = {"chat_id": chat_id, "message_id": sent["message"]["id"]}
    edited = phone.ask("chat.edit", {**target, "content": "Hi"})
    reacted = other.ask("chat.react", {**target, "emoji": "👍", "on": True})
    read = other.ask("chat.read", {"chat_id": chat_id, "seq": 3})
    deleted = laptop.ask("chat.delete", target)
    assert [reply["chat_seq"] for reply in (edited, reacted, deleted)] == [2, 3, 4]
    assert (read["member_id"], read["read_seq"], read["unread"]) == (bob.id, 3, 0)
    mark = {name: read[name] for name in ("chat_id", "member_id", "read_seq", "read_at")}
    for device in (laptop, phone, other):
        assert device.events("message.created") == [sent]
        assert device.events("message.updated") == [edited, reacted, deleted]
        assert device.events("chat.read") == [mark]


def test_a_device_that_was_away_syncs(
    ada: Person, bob: Person, chat_id: str, open_device: Callable[[Person], Device]
) -> None:
    laptop = open_device(ada)
    first = laptop.ask("chat.send", _message(chat_id, "one"))
    late = open_device(bob)
    assert late.events() == []
    laptop.ask("chat.edit", {"chat_id": chat_id, "message_id": first["message"]["id"], "content": "uno"})
    laptop.ask("chat.send", _message(chat_id, "two"))
    found = late.ask("chat.sync", {"chat_id": chat_id, "after_seq": 0})
    assert [item["content"] for item in found["items"]] == ["uno", "two"]
    assert (found["seq"], found["next_after"]) == (3, None)


def test_strangers_are_told_nothing(
    sign_up: Callable[..., Person], ada: Person, chat_id: str, open_device: Callable[[Person], Device]
) -> None:
    sent = open_device(ada).ask("chat.send", _message(chat_id))
    eve = open_device(sign_up("Eve"))
    target = {"chat_id": chat_id, "message_id": sent["message"]["id"]}
    for action, data in (
        ("chat.send", _message(chat_id)),
        ("chat.edit", {**target, "content": "x"}),
        ("chat.delete", target),
        ("chat.react", {**target, "emoji": "👍", "on": True}),
        ("chat.read", {"chat_id": chat_id, "seq": 1}),
        ("chat.sync", {"chat_id": chat_id, "after_seq": 0}),
    ):
        assert eve.refused(action, data) == "not_found"
    assert eve.events() == []


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("chat.send", {"content": ""}),
        ("chat.send", {"client_id": "c", "content": "x", "file_ids": ["x"]}),
        ("chat.edit", {"content": "x"}),
        ("chat.delete", {"message_id": "x"}),
        ("chat.react", {"message_id": new_id(), "emoji": "ab", "on": True}),
        ("chat.react", {"message_id": new_id(), "emoji": "👍"}),
        ("chat.read", {"seq": -1}),
        ("chat.sync", {"after_seq": None}),
    ],
)
def test_what_makes_no_sense_is_refused(
    ada: Person, chat_id: str, open_device: Callable[[Person], Device], action: str, data: dict[str, Any]
) -> None:
    assert open_device(ada).refused(action, {"chat_id": chat_id, **data}) == "validation"


def test_guests_do_all_of_it_in_their_meeting(room: Room) -> None:
    host, guest = room.come_host(), room.come("Gus")
    sent = guest.device.ask("chat.send", _message(room.id))
    target = {"chat_id": room.id, "message_id": sent["message"]["id"]}
    host.device.ask("chat.react", {**target, "emoji": "🎉", "on": True})
    edited = guest.device.ask("chat.edit", {**target, "content": "Hi"})
    assert edited["message"]["reactions"] == {"🎉": [host.id]}
    assert guest.device.refused("chat.edit", {**target, "content": ""}) == "validation"
    read = guest.device.ask("chat.read", {"chat_id": room.id, "seq": 3})
    assert read["member_id"] == guest.id
    # The host leads the meeting, and deletes what a guest has written.
    assert host.device.ask("chat.delete", target)["message"]["content"] == ""
    found = guest.device.ask("chat.sync", {"chat_id": room.id, "after_seq": 0})
    assert [item["content"] for item in found["items"]] == [""]
    assert [data["chat_seq"] for data in guest.device.events("message.updated")] == [2, 3, 4]
