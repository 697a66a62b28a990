"""GET /v1/meetings"""

from collections.abc import Callable

import pytest

from tests.conftest import Person
from tests.gateway import Answer
from tests.room import Room

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
PATH = "/v1/meetings"


def test_pages_hold_each_of_my_meetings_once_newest_first(call: Call, sign_up: SignUp) -> None:
    ada, bob = sign_up("Ada"), sign_up("Bob")
    call("POST", PATH, {}, token=bob.access_token)
    made = [call("POST", PATH, {}, token=ada.access_token).body["id"] for _ in range(5)]
    seen: list[str] = []
    query = {"limit": "2"}
    for _ in range(3):
        page = call("GET", PATH, token=ada.access_token, query=query).body
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"]:
            query["cursor"] = page["next_cursor"]
    assert seen == made[::-1]
    assert page["next_cursor"] is None


def test_meetings_i_took_part_in_are_mine_and_those_i_only_asked_for_are_not(
    call: Call, new_room: Callable[..., Room], sign_up: SignUp
) -> None:
    bob = sign_up("Bob")
    taken_part, only_asked = new_room(), new_room()
    taken_part.come("Bob", bob)
    only_asked.join("Bob", bob)
    items = call("GET", PATH, token=bob.access_token).body["items"]
    assert [item["id"] for item in items] == [taken_part.id]


def test_the_status_narrows_it(call: Call, sign_up: SignUp) -> None:
    ada = sign_up("Ada")
    kept = call("POST", PATH, {}, token=ada.access_token).body["id"]
    gone = call("POST", PATH, {}, token=ada.access_token).body["id"]
    assert call("DELETE", f"{PATH}/{gone}", token=ada.access_token).status == 204
    for status, expected in (("scheduled", [kept]), ("cancelled", [gone]), ("active", [])):
        items = call("GET", PATH, token=ada.access_token, query={"status": status}).body["items"]
        assert [item["id"] for item in items] == expected


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"status": "old"}])
def test_bad_queries_are_told(call: Call, sign_up: SignUp, query: dict[str, str]) -> None:
    assert call("GET", PATH, token=sign_up("Ada").access_token, query=query).problem == "validation"


def test_a_made_up_cursor_is_refused(call: Call, sign_up: SignUp) -> None:
    answer = call("GET", PATH, token=sign_up("Ada").access_token, query={"cursor": "'; --"})
    assert (answer.status, answer.problem) == (400, "invalid_cursor")


def test_nobody_and_guests_have_no_list(call: Call, room: Room) -> None:
    assert call("GET", PATH).status == 401
    assert call("GET", PATH, token=room.come("Gus").joined["participant_token"]).status == 401
