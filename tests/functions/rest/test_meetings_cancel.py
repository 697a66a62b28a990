"""DELETE /v1/meetings/{meeting}"""

from collections.abc import Callable

from tests.conftest import Person
from tests.gateway import Answer
from tests.room import Room

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def test_a_meeting_that_has_not_begun_is_taken_back_and_twice_is_no_error(call: Call, room: Room) -> None:
    for _ in range(2):
        answer = call("DELETE", room.path, token=room.host.access_token)
        assert (answer.status, answer.body) == (204, None)
    meeting = room.get()
    assert (meeting["status"], meeting["version"], meeting["duration_seconds"]) == ("cancelled", 2, None)
    assert room.join("Gus").problem == "meeting_ended"


def test_who_waits_is_told(call: Call, new_room: Callable[..., Room]) -> None:
    room = new_room(waiting_room=True)
    guest = room.arrive("Gus")
    call("DELETE", room.path, token=room.host.access_token)
    assert guest.device.events("lobby.denied")[-1]["reason"] == "meeting_ended"


def test_a_meeting_that_goes_on_is_ended_instead(call: Call, room: Room) -> None:
    room.come_host()
    answer = call("DELETE", room.path, token=room.host.access_token)
    assert (answer.status, answer.problem) == (409, "meeting_active")
    call("POST", f"{room.path}/end", token=room.host.access_token)
    assert call("DELETE", room.path, token=room.host.access_token).problem == "meeting_ended"


def test_nobody_elses(call: Call, room: Room, sign_up: SignUp) -> None:
    assert call("DELETE", room.path, token=sign_up("Eve").access_token).status == 404
    assert call("DELETE", room.path).status == 401
    bob = sign_up("Bob")
    room.come("Bob", bob)
    assert call("DELETE", room.path, token=bob.access_token).problem == "not_host"
    assert room.get()["status"] == "active"
