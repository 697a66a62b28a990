"""GET and POST /v1/chats, GET and PATCH /v1/chats/{chat_id}: what the handlers add to the actions."""

from collections.abc import Callable
from typing import Any

import pytest

from convoke.ids import new_id
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]


@pytest.fixture
def ada(sign_up: Callable[..., Person]) -> Person:
    return sign_up("Ada")


@pytest.fixture
def bob(sign_up: Callable[..., Person]) -> Person:
    return sign_up("Bob")


def _group(call: Call, by: Person, *others: Person, **more: Any) -> Answer:
    body = {"kind": "group", "title": "Friends", "user_ids": [other.id for other in others]}
    return call("POST", "/v1/chats", body, token=by.access_token, **more)


def test_a_direct_chat_is_made_once_and_then_found(call: Call, ada: Person, bob: Person) -> None:
    first = call("POST", "/v1/chats", {"kind": "direct", "user_id": bob.id}, token=ada.access_token)
    again = call("POST", "/v1/chats", {"kind": "direct", "user_id": ada.id}, token=bob.access_token)
    assert (first.status, again.status) == (201, 200)
    assert first.body["id"] == again.body["id"]
    assert first.headers["location"] == f"/v1/chats/{first.body['id']}"
    assert first.body["peer"]["user_id"] == bob.id
    assert {member["display_name"] for member in first.body["members"]} == {"Ada", "Bob"}


def test_a_group_is_made_once_for_one_key(call: Call, ada: Person, bob: Person) -> None:
    headers = {"idempotency-key": "k-1"}
    first, again = (_group(call, ada, bob, headers=headers) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert _group(call, ada, bob).body["id"] != first.body["id"]


def test_the_list_is_followed_by_its_cursor(call: Call, ada: Person, bob: Person) -> None:
    made = [_group(call, ada, bob).body["id"] for _ in range(3)]
    first = call("GET", "/v1/chats", token=bob.access_token, query={"limit": "2"}).body
    query = {"limit": "2", "cursor": first["next_cursor"]}
    rest = call("GET", "/v1/chats", token=bob.access_token, query=query).body
    assert [item["id"] for item in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None
    found = call("GET", "/v1/chats", token=bob.access_token, query={"kind": "direct"}).body
    assert found == {"items": [], "next_cursor": None}


def test_a_chat_is_read_and_changed_by_who_may(call: Call, ada: Person, bob: Person) -> None:
    path = f"/v1/chats/{_group(call, ada, bob).body['id']}"
    changed = call("PATCH", path, {"title": "Trip"}, token=ada.access_token)
    assert (changed.status, changed.body["title"]) == (200, "Trip")
    muted = call("PATCH", path, {"muted_until": "2030-01-01T00:00:00Z"}, token=bob.access_token)
    assert (muted.status, muted.body["muted_until"]) == (200, "2030-01-01T00:00:00Z")
    assert call("PATCH", path, {"title": "Mine"}, token=bob.access_token).problem == "not_admin"
    assert call("GET", path, token=bob.access_token).body["title"] == "Trip"


def test_without_an_account_there_are_no_chats(call: Call, ada: Person, bob: Person) -> None:
    chat_id = _group(call, ada, bob).body["id"]
    for method, path, body in (
        ("GET", "/v1/chats", None),
        ("POST", "/v1/chats", {"kind": "direct", "user_id": bob.id}),
        ("GET", f"/v1/chats/{chat_id}", None),
        ("PATCH", f"/v1/chats/{chat_id}", {"title": "x"}),
    ):
        assert call(method, path, body).status == 401


def test_strangers_learn_nothing(
    call: Call, ada: Person, bob: Person, sign_up: Callable[..., Person]
) -> None:
    token = sign_up("Eve").access_token
    there = _group(call, ada, bob).body["id"]
    answers = [call("GET", f"/v1/chats/{chat_id}", token=token) for chat_id in (there, new_id())]
    answers += [
        call("PATCH", f"/v1/chats/{chat_id}", {"title": "x"}, token=token) for chat_id in (there, new_id())
    ]
    assert {(answer.status, answer.problem) for answer in answers} == {(404, "not_found")}


def test_who_blocked_the_caller_is_not_to_be_had(
    call: Call, ada: Person, bob: Person, product: Product
) -> None:
    assert call("PUT", f"/v1/blocks/{ada.id}", token=bob.access_token).status == 200
    answer = call("POST", "/v1/chats", {"kind": "direct", "user_id": bob.id}, token=ada.access_token)
    assert (answer.status, answer.problem) == (403, "blocked")
    assert _group(call, ada, bob).problem == "blocked"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "direct"},
        {"kind": "direct", "user_id": "bob"},
        {"kind": "direct", "user_id": None},
        {"kind": "group"},
        {"kind": "group", "title": ""},
        {"kind": "group", "title": "\u202e"},
        {"kind": "group", "title": "T", "user_ids": ["x"]},
        {"kind": "group", "title": "T", "user_ids": "x"},
        {"kind": "meeting", "title": "T"},
        {"kind": "group", "title": "T", "role": "admin"},
    ],
)
def test_what_is_no_chat_is_refused(call: Call, ada: Person, body: dict[str, Any]) -> None:
    assert call("POST", "/v1/chats", body, token=ada.access_token).problem == "validation"


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"kind": "secret"}, {"cursor": "x" * 201}]
)
def test_what_is_no_page_is_refused(call: Call, ada: Person, query: dict[str, str]) -> None:
    assert call("GET", "/v1/chats", token=ada.access_token, query=query).problem == "validation"


def test_a_made_up_cursor_is_refused(call: Call, ada: Person) -> None:
    answer = call("GET", "/v1/chats", token=ada.access_token, query={"cursor": "abc"})
    assert (answer.status, answer.problem) == (400, "invalid_cursor")
