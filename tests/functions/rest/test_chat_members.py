"""POST /v1/chats/{chat_id}/members, PATCH and DELETE …/members/{user_id}."""

from collections.abc import Callable

import pytest

from convoke.ids import new_id
from tests.conftest import Person
from tests.gateway import Answer

Call = Callable[..., Answer]


@pytest.fixture
def people(sign_up: Callable[..., Person]) -> list[Person]:
    return [sign_up(name) for name in ("Ada", "Bob", "Cleo")]


@pytest.fixture
def path(call: Call, people: list[Person]) -> str:
    """The members of a group of Ada and Bob."""
    body = {"kind": "group", "title": "Friends", "user_ids": [people[1].id]}
    made = call("POST", "/v1/chats", body, token=people[0].access_token)
    assert made.status == 201, made
    return f"/v1/chats/{made.body['id']}/members"


def test_people_come_are_promoted_and_go(call: Call, path: str, people: list[Person]) -> None:
    ada, bob, cleo = people
    added = call("POST", path, {"user_ids": [cleo.id]}, token=ada.access_token)
    assert (added.status, added.body["member_count"]) == (200, 3)
    promoted = call("PATCH", f"{path}/{cleo.id}", {"role": "admin"}, token=ada.access_token)
    assert (promoted.status, promoted.body["role"], promoted.body["user_id"]) == (200, "admin", cleo.id)
    assert call("DELETE", f"{path}/{bob.id}", token=cleo.access_token).status == 204
    assert call("DELETE", f"{path}/{ada.id}", token=ada.access_token).status == 204
    left = call("GET", path.removesuffix("/members"), token=cleo.access_token).body
    assert [member["display_name"] for member in left["members"]] == ["Cleo"]


def test_members_and_strangers_change_nothing(call: Call, path: str, people: list[Person]) -> None:
    ada, bob, cleo = people
    for token, status in ((bob.access_token, 403), (cleo.access_token, 404), (None, 401)):
        answers = [
            call("POST", path, {"user_ids": [cleo.id]}, token=token),
            call("PATCH", f"{path}/{bob.id}", {"role": "admin"}, token=token),
            call("DELETE", f"{path}/{ada.id}", token=token),
        ]
        assert {answer.status for answer in answers} == {status}


def test_the_last_admin_stays_one_and_nobody_is_nobodys_member(
    call: Call, path: str, people: list[Person]
) -> None:
    ada, token = people[0], people[0].access_token
    assert call("PATCH", f"{path}/{ada.id}", {"role": "member"}, token=token).problem == "last_admin"
    assert call("PATCH", f"{path}/{new_id()}", {"role": "member"}, token=token).status == 404
    assert call("DELETE", f"{path}/{new_id()}", token=token).status == 404
    assert call("POST", path, {"user_ids": [new_id()]}, token=token).problem == "validation"


@pytest.mark.parametrize(
    "body", [{}, {"user_ids": []}, {"user_ids": ["x"]}, {"user_ids": [new_id()] * 101}, {"user_ids": None}]
)
def test_whom_to_add_is_said_in_ids(
    call: Call, path: str, people: list[Person], body: dict[str, object]
) -> None:
    assert call("POST", path, body, token=people[0].access_token).problem == "validation"


@pytest.mark.parametrize("body", [{}, {"role": "owner"}, {"role": None}])
def test_a_role_is_one_of_two(call: Call, path: str, people: list[Person], body: dict[str, object]) -> None:
    answer = call("PATCH", f"{path}/{people[1].id}", body, token=people[0].access_token)
    assert answer.problem == "validation"
