"""POST /v1/meetings/{meeting}/join"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from convoke.meetings import actions
from tests.conftest import Person, Product
from tests.gateway import Answer
from tests.room import PUBLISH, Room
from tests.wire import Relay

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
NewRoom = Callable[..., Room]


def test_a_guest_gets_a_seat_a_ticket_and_a_way_back(room: Room) -> None:
    answer = room.join("Gus")
    assert answer.status == 200
    body = answer.body
    assert (body["status"], body["role"]) == ("admitted", "participant")
    assert body["meeting"]["id"] == room.id
    assert body["chat_id"] == room.id
    assert body["controller"]["id"] == "mc-test-1"
    assert body["controller"]["endpoint"] == "wss://convoke.test/socket"
    assert body["ice_servers"] == []
    assert body["ticket"]
    assert body["participant_token"]


def test_the_host_joins_as_host_and_comes_back_by_the_account(room: Room) -> None:
    body = room.join("Ada", room.host).body
    assert body["role"] == "host"
    assert body["participant_token"] is None
    assert room.join("Ada", room.host).body["participant_id"] == body["participant_id"]


def test_a_user_is_named_by_the_account_unless_another_name_is_given(
    call: Call, room: Room, sign_up: SignUp
) -> None:
    bob = sign_up("Bob")
    path = f"{room.path}/participants"
    call("POST", f"{room.path}/join", {}, token=bob.access_token)
    names = [one["display_name"] for one in call("GET", path, token=room.host.access_token).body["items"]]
    assert names == ["Bob"]
    room.join("Robert", bob)
    names = [one["display_name"] for one in call("GET", path, token=room.host.access_token).body["items"]]
    assert names == ["Robert"]


def test_a_guest_comes_back_as_the_same_participant_and_keeps_the_name(call: Call, room: Room) -> None:
    room.come_host()
    first = room.come("Gus")
    first.device.ask("leave")
    again = call("POST", f"{room.path}/join", {}, token=first.joined["participant_token"])
    assert again.body["participant_id"] == first.id


def test_a_guests_token_of_another_meeting_is_worth_nothing_here(call: Call, new_room: NewRoom) -> None:
    room, other = new_room(), new_room()
    token = other.come("Gus").joined["participant_token"]
    answer = call("POST", f"{room.path}/join", {"display_name": "Gus"}, token=token)
    assert answer.body["participant_id"] not in (None, other.id)
    assert answer.body["role"] == "participant"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"display_name": ""},
        {"display_name": "\u202e\u200b"},
        {"display_name": "x" * 101},
        {"display_name": "\ufb2c" * 100},
        {"display_name": 7},
        {"display_name": "Gus", "password": 1},
        {"display_name": "Gus", "role": "host"},
        {"display_name": "Gus", "client_version": "x" * 51},
    ],
)
def test_bad_bodies_are_refused(call: Call, room: Room, body: dict[str, Any]) -> None:
    assert call("POST", f"{room.path}/join", body).problem == "validation"


def test_names_lose_what_hides_or_turns_text(call: Call, room: Room) -> None:
    room.join("Gu\u202es\n  G")
    items = call("GET", f"{room.path}/participants", token=room.host.access_token).body["items"]
    assert [one["display_name"] for one in items] == ["Gus G"]


def test_unknown_meetings_are_one_404_with_and_without_password(call: Call) -> None:
    answers = [
        call("POST", f"/v1/meetings/{reference}/join", {"display_name": "Gus", **more})
        for reference in ("abc-defg-hij", "nope", "0198a000-0000-7000-8000-000000000000")
        for more in ({}, {"password": "sesame"})
    ]
    assert {answer.status for answer in answers} == {404}
    assert all(answer.body == answers[0].body for answer in answers)


def test_a_password_lets_in_and_a_wrong_one_does_not(new_room: NewRoom) -> None:
    room = new_room(password="sesame")
    assert room.join("Gus").problem == "password_required"
    assert room.join("Gus", password="sesam").problem == "wrong_password"
    assert room.join("Gus", password="sesame").status == 200
    assert room.join("Ada", room.host).status == 200


@pytest.mark.usefixtures("still_clock")
def test_guesses_run_out_by_address_and_right_answers_do_not_count(new_room: NewRoom) -> None:
    room = new_room(password="sesame")
    for _ in range(35):
        assert room.join("Gus", password="sesame", ip="198.51.100.1").status == 200
    for _ in range(100):
        assert room.join("Eve", password="wrong", ip="198.51.100.2").problem == "wrong_password"
    answer = room.join("Eve", password="sesame", ip="198.51.100.2")
    assert (answer.status, answer.problem) == (429, "rate_limited")
    assert 0 < int(answer.headers["retry-after"]) <= 900
    assert room.join("Gus", password="sesame", ip="198.51.100.3").status == 200


@pytest.mark.parametrize("setting", [{"require_auth": True}, {"allow_guests": False}])
def test_where_guests_may_not_come_users_may(new_room: NewRoom, sign_up: SignUp, setting: Any) -> None:
    room = new_room(**setting)
    answer = room.join("Gus")
    assert (answer.status, answer.problem) == (403, "auth_required")
    assert room.join("Bob", sign_up("Bob")).status == 200


def test_a_locked_meeting_takes_nobody_new_but_its_leaders(room: Room, sign_up: SignUp) -> None:
    host, inside = room.come_host(), room.come("Bob", sign_up("Bob"))
    host.device.ask("meeting.lock", {"locked": True})
    assert room.join("Gus").problem == "meeting_locked"
    assert room.join("Ada", room.host).status == 200
    host.device.ask("meeting.lock", {"locked": False})
    assert room.join("Gus").status == 200
    assert inside.device.events("meeting.updated")[-1]["meeting"]["locked"] is False


def test_the_waiting_room_keeps_all_but_the_host(new_room: NewRoom, sign_up: SignUp) -> None:
    room = new_room(waiting_room=True)
    assert room.join("Ada", room.host).body["status"] == "admitted"
    for answer in (room.join("Gus"), room.join("Bob", sign_up("Bob"))):
        assert answer.body["status"] == "waiting"
        assert "host_user_id" not in answer.body["meeting"]


def test_after_the_end_nobody_comes(call: Call, room: Room) -> None:
    call("POST", f"{room.path}/end", token=room.host.access_token)
    answer = room.join("Gus")
    assert (answer.status, answer.problem) == (410, "meeting_ended")
    assert room.join("Ada", room.host).status == 410


def test_a_seat_is_held_for_a_minute_and_then_somebody_elses(new_room: NewRoom, product: Product) -> None:
    room = new_room(max_participants=2)
    room.come_host()
    slow = room.arrive("Slow")
    assert room.join("Gus").problem == "meeting_full"
    product.owner.execute(
        "UPDATE meeting_participants SET admitted_at = admitted_at - interval '61 s'"
        " WHERE participant_id = %s",
        (slow.id,),
    )
    quick = room.come("Quick")
    assert slow.device.refused("join", {"publish": PUBLISH}) == "meeting_full"
    quick.device.ask("leave")
    assert slow.enter()["participants_total"] == 2


def test_a_removed_guest_and_every_new_one_after_waits(call: Call, room: Room) -> None:
    host, guest = room.come_host(), room.come("Gus")
    friend = room.come("Friend")
    host.device.ask("participant.remove", {"participant_id": guest.id})
    back = call("POST", f"{room.path}/join", {}, token=guest.joined["participant_token"])
    assert back.body["status"] == "waiting"
    assert room.join("Somebody else").body["status"] == "waiting"
    assert guest.device.refused("join", {"publish": PUBLISH}) == "waiting"
    # Who was in and not removed is not a new guest.
    friend.device.ask("leave")
    again = call("POST", f"{room.path}/join", {}, token=friend.joined["participant_token"])
    assert again.body["status"] == "admitted"


def test_a_removed_user_waits_and_is_let_in_again(room: Room, sign_up: SignUp) -> None:
    bob = sign_up("Bob")
    host, member = room.come_host(), room.come("Bob", bob)
    host.device.ask("participant.remove", {"participant_id": member.id})
    assert member.device.refused("join", {"publish": PUBLISH}) == "removed"
    waiting = room.arrive("Bob", bob)
    assert waiting.joined["status"] == "waiting"
    host.device.ask("lobby.admit", {"participant_id": waiting.id})
    assert waiting.enter()["self"]["status"] == "joined"
    # A removed user is no guest: others still come straight in.
    assert room.join("Gus").body["status"] == "admitted"


def test_a_denied_guest_does_not_slip_in_under_another_name(new_room: NewRoom, call: Call) -> None:
    room = new_room(waiting_room=True)
    host, guest = room.come_host(), room.arrive("Gus")
    host.device.ask("lobby.deny", {"participant_id": guest.id})
    call("PATCH", room.path, {"settings": {"waiting_room": False}}, token=room.host.access_token)
    assert guest.device.refused("join", {"publish": PUBLISH}) == "removed"
    assert room.join("Not Gus").body["status"] == "waiting"


@pytest.mark.parametrize("way", ["ask again", "leave and ask", "lose the connection and ask"])
def test_there_is_no_way_round_the_waiting_room(
    new_room: NewRoom, call: Call, sign_up: SignUp, way: str
) -> None:
    room, bob = new_room(), sign_up("Bob")
    host, member, guest = room.come_host(), room.come("Bob", bob), room.come("Gus")
    host.device.ask("participant.promote", {"participant_id": member.id, "role": "co-host"})
    for person in (member, guest):
        host.device.ask("participant.remove", {"participant_id": person.id})
    token = guest.joined["participant_token"]
    new_name = room.join("Innocent").body["participant_token"]
    for bearer in (bob.access_token, token, new_name):
        for _ in range(3):
            again = room.arrive("Somebody", token=bearer)
            assert again.joined["status"] == "waiting"
            assert again.joined["role"] == "participant"
            assert again.device.refused("join", {"publish": PUBLISH}) == "waiting"
            if way == "leave and ask":
                again.device.ask("leave")
            elif way == "lose the connection and ask":
                again.device.disconnect()
                actions.expire_departure(again.id, room.id, again.device.connection_id, datetime.now(UTC))
    assert call("PATCH", room.path, {"title": "Mine"}, token=bob.access_token).status == 404
    assert call("POST", f"{room.path}/end", token=bob.access_token).status == 404


def test_who_lost_the_connection_does_not_wait_again(new_room: NewRoom, call: Call, product: Product) -> None:
    room = new_room(waiting_room=True)
    host, guest = room.come_host(), room.arrive("Gus")
    host.device.ask("lobby.admit", {"participant_id": guest.id})
    guest.enter()
    product.owner.execute(
        "UPDATE meeting_participants SET status = 'left', leave_reason = 'connection_lost'"
        " WHERE participant_id = %s",
        (guest.id,),
    )
    back = call("POST", f"{room.path}/join", {}, token=guest.joined["participant_token"])
    assert back.body["status"] == "admitted"


def test_joining_takes_two_round_trips(room: Room, round_trips: Relay) -> None:
    room.join("Gus")
    with round_trips.counted() as counted:
        room.join("Gus")
    assert counted.trips == 2


@pytest.mark.usefixtures("still_clock")
def test_a_denied_guest_cannot_knock_for_ever(new_room: NewRoom, product: Product) -> None:
    room = new_room(waiting_room=True)
    host, guest = room.come_host(), room.arrive("Gus")
    host.device.ask("lobby.deny", {"participant_id": guest.id})
    token = guest.joined["participant_token"]
    statuses = [room.join("Gus", token=token, ip=f"198.51.100.{number}").status for number in range(61)]
    assert statuses == [200] * 60 + [429]
    assert room.join("Other").status == 200
