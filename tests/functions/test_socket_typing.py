"""chat.typing: shown to the others in a chat while it lasts, kept nowhere."""

from collections.abc import Callable

import pytest

from convoke.chat.actions import typing
from convoke.ids import new_id
from convoke.presence import model
from tests import gateway
from tests.conftest import Person, Product
from tests.convoke.contacts.acquaintance import share_chat
from tests.functions.test_socket_presence import connect
from tests.room import Device, Room
from tests.sockets import Sockets

SignUp = Callable[..., Person]


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


@pytest.fixture
def bob(sign_up: SignUp) -> Person:
    return sign_up("Bob")


def typed(device: Device) -> list[str]:
    return [data["display_name"] for data in device.events("chat.typing")]


def test_the_others_see_it_on_all_their_devices(sockets: Sockets, ada: Person, bob: Person) -> None:
    chat_id = share_chat("direct", ada, bob)
    writer, own, reader, phone = (connect(sockets, person) for person in (ada, ada, bob, bob))
    assert writer.ask("chat.typing", {"chat_id": chat_id}) == {}
    [frame] = [frame for frame in sockets.frames[reader.connection_id] if frame["event"] == "chat.typing"]
    assert frame == {
        "scope": f"chat:{chat_id}",
        "event": "chat.typing",
        "data": {"chat_id": chat_id, "user_id": ada.id, "participant_id": None, "display_name": "Ada"},
    }
    assert (typed(phone), typed(own), typed(writer)) == (["Ada"], [], [])


def test_it_is_told_once_in_two_seconds(
    sockets: Sockets, ada: Person, bob: Person, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Redis has a clock of its own, so a minute stands for each millisecond.
    monkeypatch.setattr(model, "TYPING_MS", 60_000 * model.TYPING_MS)
    monkeypatch.setattr(model, "TYPING_EVERY_MS", 60_000 * model.TYPING_EVERY_MS)
    chat_id, other_chat = share_chat("direct", ada, bob), share_chat("group", ada, bob)
    writer, reader = connect(sockets, ada), connect(sockets, bob)
    for _ in range(5):
        writer.ask("chat.typing", {"chat_id": chat_id})
    writer.ask("chat.typing", {"chat_id": other_chat})
    assert typed(reader) == ["Ada", "Ada"]
    key = f"typing:{{{chat_id}}}:{ada.id}"
    assert 0 < int(product.redis.pttl(key)) <= model.TYPING_MS
    product.redis.pexpire(key, model.TYPING_MS - model.TYPING_EVERY_MS)
    writer.ask("chat.typing", {"chat_id": chat_id})
    assert typed(reader) == ["Ada"] * 3


def test_strangers_and_who_has_left_are_told_there_is_nothing(
    sockets: Sockets, ada: Person, bob: Person, sign_up: SignUp
) -> None:
    eve = sign_up("Eve")
    chat_id = share_chat("group", ada, bob, eve, left=[eve])
    reader = connect(sockets, bob)
    assert connect(sockets, sign_up("Mallory")).refused("chat.typing", {"chat_id": chat_id}) == "not_found"
    assert connect(sockets, ada).refused("chat.typing", {"chat_id": new_id()}) == "not_found"
    assert connect(sockets, eve).refused("chat.typing", {"chat_id": chat_id}) == "not_in_chat"
    assert connect(sockets, ada).refused("chat.typing", {"chat_id": "x"}) == "validation"
    assert typed(reader) == []


def test_who_is_blocked_types_for_nobody(sockets: Sockets, ada: Person, bob: Person, call: object) -> None:
    made = gateway.call("POST", "/v1/chats", {"kind": "direct", "user_id": bob.id}, token=ada.access_token)
    chat_id = made.body["id"]
    writer, reader = connect(sockets, ada), connect(sockets, bob)
    assert gateway.call("PUT", f"/v1/blocks/{ada.id}", token=bob.access_token).status == 200
    assert writer.refused("chat.typing", {"chat_id": chat_id}) == "blocked"
    assert typed(reader) == []


def test_in_a_meeting_guests_type_and_see_it_too(room: Room) -> None:
    host, guest, other = room.come_host(), room.come("Gus"), room.come("Mia")
    guest.device.ask("chat.typing", {"chat_id": room.id})
    assert typed(host.device) == typed(other.device) == ["Gus"]
    assert typed(guest.device) == []
    host.device.ask("chat.typing", {"chat_id": room.id})
    [data] = guest.device.events("chat.typing")
    assert (data["user_id"], data["display_name"]) == (room.host.id, "Ada")
    guest.device.ask("leave")
    assert guest.device.refused("chat.typing", {"chat_id": room.id}) in ("not_in_chat", "not_found")


def test_in_a_crowd_nobody_sees_it(
    sockets: Sockets, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch, sign_up: SignUp
) -> None:
    monkeypatch.setattr(typing, "AUDIENCE_MAX", 1)
    chat_id = share_chat("group", ada, bob, sign_up("Cleo"))
    reader = connect(sockets, bob)
    assert connect(sockets, ada).ask("chat.typing", {"chat_id": chat_id}) == {}
    assert typed(reader) == []
