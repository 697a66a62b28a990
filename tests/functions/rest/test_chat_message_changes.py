"""PATCH and DELETE of a message, its reactions and receipts, POST …/read and GET …/changes."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from convoke.ids import new_id
from tests.conftest import Person
from tests.gateway import Answer

Call = Callable[..., Answer]


@pytest.fixture
def ada(sign_up: Callable[..., Person]) -> Person:
    return sign_up("Ada")


@pytest.fixture
def bob(sign_up: Callable[..., Person]) -> Person:
    return sign_up("Bob")


@pytest.fixture
def eve(sign_up: Callable[..., Person]) -> Person:
    return sign_up("Eve")


@pytest.fixture
def path(call: Call, ada: Person, bob: Person) -> str:
    """A group of Ada and Bob."""
    body = {"kind": "group", "title": "Friends", "user_ids": [bob.id]}
    made = call("POST", "/v1/chats", body, token=ada.access_token)
    assert made.status == 201, made
    return f"/v1/chats/{made.body['id']}"


@pytest.fixture
def message(call: Call, path: str, ada: Person) -> dict[str, Any]:
    body = {"client_id": "c", "content": "Hello", "formatted_content": "<b>Hello</b><script>x</script>"}
    sent = call("POST", f"{path}/messages", body, token=ada.access_token)
    assert sent.status == 201, sent
    found: dict[str, Any] = sent.body
    return found


@pytest.fixture
def target(path: str, message: dict[str, Any]) -> str:
    return f"{path}/messages/{message['id']}"


def test_a_message_is_sent_with_what_is_safe_of_its_html(message: dict[str, Any]) -> None:
    assert message["formatted_content"] == "<b>Hello</b>"


def test_a_message_is_edited_and_deleted_by_its_sender(
    call: Call, target: str, ada: Person, bob: Person
) -> None:
    edited = call("PATCH", target, {"content": "Hi"}, token=ada.access_token)
    assert (edited.status, edited.body["content"], edited.body["formatted_content"]) == (200, "Hi", None)
    assert edited.body["edited_at"] is not None
    assert call("PATCH", target, {"content": "x"}, token=bob.access_token).problem == "not_sender"
    assert call("DELETE", target, token=bob.access_token).problem == "not_sender"
    deleted = call("DELETE", target, token=ada.access_token)
    assert (deleted.status, deleted.body["content"], deleted.body["deleted_by"]) == (200, "", ada.id)
    late = call("PATCH", target, {"content": "x"}, token=ada.access_token)
    assert (late.status, late.problem) == (409, "message_deleted")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": ""},
        {"content": "\u202e\u2066"},
        {"content": "x" * 4001},
        {"content": 1},
        {"content": "x", "formatted_content": "<b>" * 6000},
        {"content": "x", "deleted_at": None},
    ],
)
def test_what_is_no_edit_is_refused(call: Call, target: str, ada: Person, body: dict[str, Any]) -> None:
    assert call("PATCH", target, body, token=ada.access_token).problem == "validation"


@pytest.mark.parametrize("encoded", [True, False])
def test_reactions_are_put_and_taken(call: Call, target: str, bob: Person, encoded: bool) -> None:
    """API Gateway hands the path on decoded."""
    for emoji, shown in (
        ("👍", "👍"),
        ("❤", "❤\ufe0f"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("🇩🇪", "🇩🇪"),
    ):
        place = f"{target}/reactions/{quote(emoji) if encoded else emoji}"
        put = call("PUT", place, token=bob.access_token)
        assert (put.status, put.body["reactions"]) == (200, {shown: [bob.id]})
        taken = call("DELETE", place, token=bob.access_token)
        assert (taken.status, taken.body["reactions"]) == (200, {})


@pytest.mark.parametrize("emoji", ["a", "👍👍", "%20", "1", "👍%E2%80%AE", "%3Cscript%3E", "🏽"])
def test_what_is_no_emoji_is_refused(call: Call, target: str, bob: Person, emoji: str) -> None:
    answer = call("PUT", f"{target}/reactions/{quote(emoji, safe='%')}", token=bob.access_token)
    assert (answer.status, answer.problem) == (422, "validation")


def test_reading_is_said_told_and_listed(
    call: Call, path: str, message: dict[str, Any], ada: Person, bob: Person
) -> None:
    target = f"{path}/messages/{message['id']}"
    assert call("GET", f"{target}/receipts", token=ada.access_token).body == {
        "items": [],
        "next_cursor": None,
    }
    read = call("POST", f"{path}/read", {"seq": message["seq"]}, token=bob.access_token)
    assert (read.status, read.body["read_seq"], read.body["unread"]) == (200, message["seq"], 0)
    [receipt] = call("GET", f"{target}/receipts", token=ada.access_token).body["items"]
    assert (receipt["user_id"], receipt["read_at"]) == (bob.id, read.body["read_at"])
    for body in ({}, {"seq": -1}, {"seq": "x"}, {"seq": 10**30}):
        assert call("POST", f"{path}/read", body, token=bob.access_token).problem == "validation"


def test_changes_come_after_a_number(call: Call, path: str, target: str, ada: Person, bob: Person) -> None:
    since = call("GET", f"{path}/messages", token=bob.access_token).body["seq"]
    call("PATCH", target, {"content": "Hi"}, token=ada.access_token)
    found = call("GET", f"{path}/changes", token=bob.access_token, query={"after": str(since)})
    assert found.status == 200
    assert [item["content"] for item in found.body["items"]] == ["Hi"]
    assert (found.body["seq"], found.body["next_after"]) == (since + 1, None)
    for query in ({}, {"after": "-1"}, {"after": "x"}, {"after": "0", "limit": "51"}):
        assert call("GET", f"{path}/changes", token=bob.access_token, query=query).problem == "validation"


def test_a_reply_to_another_chats_message_is_refused(
    call: Call, path: str, message: dict[str, Any], ada: Person, bob: Person
) -> None:
    other = call("POST", "/v1/chats", {"kind": "direct", "user_id": bob.id}, token=ada.access_token).body[
        "id"
    ]
    body = {"client_id": "r", "content": "re", "reply_to": message["id"]}
    elsewhere = call("POST", f"/v1/chats/{other}/messages", body, token=ada.access_token)
    assert (elsewhere.status, elsewhere.problem) == (422, "validation")
    assert call("POST", f"{path}/messages", body, token=bob.access_token).body["reply_to"] == message["id"]


def test_strangers_and_nobody_learn_nothing(call: Call, path: str, target: str, eve: Person) -> None:
    unknown = f"{path}/messages/{new_id()}"
    requests: list[tuple[str, str, Any, dict[str, str] | None]] = [
        ("GET", f"{path}/changes", None, {"after": "0"}),
        ("POST", f"{path}/read", {"seq": 1}, None),
    ]
    for place in (target, unknown):
        requests += [
            ("PATCH", place, {"content": "x"}, None),
            ("DELETE", place, None, None),
            ("PUT", f"{place}/reactions/👍", None, None),
            ("DELETE", f"{place}/reactions/👍", None, None),
            ("GET", f"{place}/receipts", None, None),
        ]
    for method, place, body, query in requests:
        answer = call(method, place, body, token=eve.access_token, query=query)
        assert (answer.status, answer.problem) == (404, "not_found"), (method, place)
        assert call(method, place, body, query=query).status == 401
