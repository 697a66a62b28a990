"""GET /v1/meetings/{meeting}"""

from collections.abc import Callable

import pytest

from tests.conftest import Person
from tests.gateway import Answer
from tests.room import Room
from tests.wire import Relay

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
ENTRANCE = {
    "id",
    "code",
    "title",
    "type",
    "status",
    "scheduled_start_time",
    "scheduled_end_time",
    "settings",
    "join_url",
}


def test_the_host_finds_it_by_id_code_and_slug(call: Call, sign_up: SignUp) -> None:
    ada = sign_up("Ada")
    made = call("POST", "/v1/meetings", {"slug": "weekly"}, token=ada.access_token).body
    for reference in (made["id"], made["code"], "weekly", made["code"].upper()):
        answer = call("GET", f"/v1/meetings/{reference}", token=ada.access_token)
        assert answer.status == 200
        assert answer.body == made
        assert answer.headers["etag"] == '"1"'


def test_strangers_see_what_one_needs_to_join_and_no_more(call: Call, room: Room, sign_up: SignUp) -> None:
    for token in (None, sign_up("Eve").access_token):
        answer = call("GET", f"/v1/meetings/{room.meeting['code']}", token=token)
        assert answer.status == 200
        assert set(answer.body) == ENTRANCE
        assert set(answer.body["settings"]) == {
            "has_password",
            "require_auth",
            "allow_guests",
            "waiting_room",
        }
        assert "etag" not in answer.headers


@pytest.mark.parametrize(
    "reference",
    ["abc-defg-hij", "no-such-slug", "0198a000-0000-7000-8000-000000000000", "%20", "x" * 64, "a'b", "ÄÖ"],
)
def test_everything_unknown_is_the_same_404(call: Call, sign_up: SignUp, reference: str) -> None:
    known = call("GET", "/v1/meetings/xyz-wxyz-xyz")
    answer = call("GET", f"/v1/meetings/{reference}", token=sign_up("Eve").access_token)
    assert answer.status == 404
    assert answer.body == known.body


def test_people_in_it_see_it_in_full_and_removed_ones_no_more(
    call: Call, room: Room, sign_up: SignUp
) -> None:
    bob = sign_up("Bob")
    host, member = room.come_host(), room.come("Bob", bob)
    assert room.get(bob)["host_user_id"] == room.host.id
    host.device.ask("participant.remove", {"participant_id": member.id})
    assert set(room.get(bob)) == ENTRANCE


def test_a_guest_sees_it_by_the_participant_token(call: Call, room: Room) -> None:
    guest = room.come("Gus")
    answer = call("GET", room.path, token=guest.joined["participant_token"])
    assert answer.body["host_user_id"] == room.host.id


def test_who_waits_sees_the_entrance_only(call: Call, new_room: Callable[..., Room], sign_up: SignUp) -> None:
    room, bob = new_room(waiting_room=True), sign_up("Bob")
    assert room.join("Bob", bob).body["status"] == "waiting"
    assert set(room.get(bob)) == ENTRANCE


def test_bad_tokens_are_401_and_not_strangers(call: Call, room: Room) -> None:
    assert call("GET", room.path, token="forged.token.here").status == 401


def test_reading_takes_one_round_trip(call: Call, room: Room, round_trips: Relay) -> None:
    room.get()
    with round_trips.counted() as counted:
        room.get()
    assert counted.trips == 1
