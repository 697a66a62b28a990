"""The waiting room."""

from collections.abc import Callable

import pytest

from tests.conftest import Person
from tests.room import PUBLISH, Guest, Room

SignUp = Callable[..., Person]


@pytest.fixture
def room(new_room: Callable[..., Room]) -> Room:
    return new_room(waiting_room=True, max_participants=3)


@pytest.fixture
def host(room: Room) -> Guest:
    return room.come_host()


def test_the_host_hears_who_waits_and_lets_them_in(room: Room, host: Guest) -> None:
    guest = room.arrive("Gus")
    [waiting] = host.device.events("lobby.waiting")
    assert waiting["meeting_id"] == room.id
    assert (waiting["participant"]["id"], waiting["participant"]["status"]) == (guest.id, "waiting")
    assert guest.device.refused("join", {"publish": PUBLISH}) == "waiting"
    assert host.device.ask("lobby.admit", {"participant_id": guest.id}) == {"admitted": [guest.id]}
    assert guest.device.events("lobby.admitted")[0]["participant_id"] == guest.id
    assert host.device.events("lobby.left")[0]["participant_id"] == guest.id
    assert guest.enter()["self"]["status"] == "joined"


def test_who_waits_hears_nothing_of_the_meeting(room: Room, host: Guest) -> None:
    guest = room.arrive("Gus")
    host.device.ask("participant.update", {"hand_raised": True})
    host.device.ask("chat.send", {"chat_id": room.id, "client_id": "c1", "content": "Secret"})
    host.device.refused("participant.mute", {"participant_id": guest.id})
    assert guest.device.events() == []
    assert guest.device.refused("participant.update", {"muted": True}) == "not_in_meeting"
    assert guest.device.refused("media.connect", {"publish": PUBLISH}) == "not_in_meeting"
    message = {"chat_id": room.id, "client_id": "c1", "content": "Let me in"}
    assert guest.device.refused("chat.send", message) == "not_found"
    assert guest.device.refused("reaction.send", {"emoji": "👍"}) == "not_in_meeting"


def test_a_co_host_sees_the_lobby_on_entering_and_participants_do_not(
    room: Room, host: Guest, sign_up: SignUp
) -> None:
    bob = sign_up("Bob")
    member = room.arrive("Bob", bob)
    host.device.ask("lobby.admit", {"participant_id": member.id})
    member.enter()
    guest = room.arrive("Gus")
    assert member.enter()["lobby"] == []
    assert member.device.events("lobby.waiting") == []
    host.device.ask("participant.promote", {"participant_id": member.id, "role": "co-host"})
    assert [one["id"] for one in member.enter()["lobby"]] == [guest.id]
    other = room.arrive("Other")
    assert member.device.events("lobby.waiting")[-1]["participant"]["id"] == other.id
    member.device.ask("lobby.deny", {"participant_id": other.id})


def test_all_are_let_in_as_far_as_there_are_seats_longest_waiting_first(room: Room, host: Guest) -> None:
    first, second, third = (room.arrive(name) for name in ("One", "Two", "Three"))
    assert host.device.ask("lobby.admit", {"all": True}) == {"admitted": [first.id, second.id]}
    assert third.device.events("lobby.admitted") == []
    assert host.device.refused("lobby.admit", {"all": True}) == "meeting_full"
    assert host.device.refused("lobby.admit", {"participant_id": third.id}) == "meeting_full"
    first.enter()
    first.device.ask("leave")
    assert host.device.ask("lobby.admit", {"all": True}) == {"admitted": [third.id]}
    assert host.device.ask("lobby.admit", {"all": True}) == {"admitted": []}


def test_denied_is_told_and_may_ask_again(room: Room, host: Guest) -> None:
    guest = room.arrive("Gus")
    host.device.ask("lobby.deny", {"participant_id": guest.id})
    assert guest.device.events("lobby.denied")[-1]["participant_id"] == guest.id
    assert host.device.events("lobby.left")[-1]["participant_id"] == guest.id
    assert guest.device.refused("join", {"publish": PUBLISH}) == "removed"
    assert host.device.refused("lobby.deny", {"participant_id": guest.id}) == "not_waiting"
    assert host.device.refused("lobby.admit", {"participant_id": guest.id}) == "not_waiting"


def test_who_gives_up_leaves_the_lobby(room: Room, host: Guest) -> None:
    guest = room.arrive("Gus")
    guest.device.ask("leave")
    assert host.device.events("lobby.left")[-1]["participant_id"] == guest.id
    assert host.device.refused("lobby.admit", {"participant_id": guest.id}) == "not_waiting"
