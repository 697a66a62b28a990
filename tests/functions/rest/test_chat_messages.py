"""GET and POST /v1/chats/{chat_id}/messages: what the handler adds to the actions."""

from collections.abc import Callable
from typing import Any

import pytest

from convoke.backends.postgres import System, transaction
from convoke.chat import actions
from convoke.identity.actions import participant_token
from convoke.ids import new_id
from functions.http import now_utc
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


@pytest.fixture
def path(product: Product, ada: Person) -> str:
    """The messages of a meeting's chat in which Ada is."""
    return f"/v1/chats/{chat_of(ada.id)}/messages"


def chat_of(user_id: str | None, participant_id: str | None = None) -> str:
    chat_id = new_id()
    with transaction(System()) as conn:
        actions.open_meeting_chat(conn, chat_id, now_utc())
        actions.add_member(conn, chat_id, participant_id or new_id(), user_id, "Somebody", now_utc())
    return chat_id


def test_a_message_that_was_sent_can_be_read(call: Call, path: str, ada: Person) -> None:
    sent = call("POST", path, {"client_id": "c-1", "content": "Hello"}, token=ada.access_token)
    assert sent.status == 201, sent
    assert sent.body["content"] == "Hello"
    assert sent.body["sender"]["user_id"] == ada.id
    assert "recipient_user_id" not in sent.body
    page = call("GET", path, token=ada.access_token)
    assert page.status == 200
    assert page.body["items"] == [sent.body]
    assert page.body["next_cursor"] is None


def test_sending_again_answers_with_the_first_message(call: Call, path: str, ada: Person) -> None:
    body = {"client_id": "c-1", "content": "Hello"}
    first, second = (call("POST", path, body, token=ada.access_token) for _ in range(2))
    assert (second.status, second.body) == (201, first.body)


def test_pages_are_followed_by_their_cursor(call: Call, path: str, ada: Person) -> None:
    for number in range(30):
        call("POST", path, {"client_id": f"c-{number}", "content": str(number)}, token=ada.access_token)
    newest = call("GET", path, token=ada.access_token, query={"limit": "25"}).body
    query = {"limit": "25", "cursor": newest["next_cursor"], "direction": "before"}
    rest = call("GET", path, token=ada.access_token, query=query).body
    texts = [item["content"] for item in rest["items"] + newest["items"]]
    assert texts == [str(number) for number in range(30)]


def test_a_guest_writes_by_the_participant_token(call: Call, product: Product) -> None:
    participant_id = new_id()
    chat_id = chat_of(None, participant_id)
    token = participant_token(participant_id, chat_id, now_utc())
    sent = call("POST", f"/v1/chats/{chat_id}/messages", {"client_id": "c", "content": "Hi"}, token=token)
    assert sent.status == 201, sent
    assert sent.body["sender"] == {
        "participant_id": participant_id,
        "user_id": None,
        "display_name": "Somebody",
    }


def test_without_a_token_and_with_a_bad_one_nobody_reads_or_writes(call: Call, path: str) -> None:
    for method, body in (("GET", None), ("POST", {"client_id": "c", "content": "x"})):
        assert call(method, path, body).status == 401
        assert call(method, path, body, token="forged").status == 401


def test_strangers_learn_nothing(call: Call, path: str, sign_up: SignUp) -> None:
    token = sign_up("Eve").access_token
    unknown = f"/v1/chats/{new_id()}/messages"
    body = {"client_id": "c", "content": "x"}
    answers = [call("GET", path, token=token), call("GET", unknown, token=token)]
    answers += [call("POST", path, body, token=token), call("POST", unknown, body, token=token)]
    assert {(answer.status, answer.problem) for answer in answers} == {(404, "not_found")}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"client_id": "c"},
        {"client_id": "", "content": "x"},
        {"client_id": "c", "content": ""},
        {"client_id": "c", "content": "\u202e"},
        {"client_id": "c", "content": "x" * 4001},
        {"client_id": "c", "content": 1},
        {"client_id": "c", "content": "x", "type": "system"},
        {"client_id": "c", "content": "x", "reply_to": "1"},
        {"client_id": "c", "content": "x", "sender_id": "someone"},
        [],
    ],
)
def test_what_is_no_message_is_refused(call: Call, path: str, ada: Person, body: Any) -> None:
    assert call("POST", path, body, token=ada.access_token).problem == "validation"


@pytest.mark.parametrize(
    "query", [{"limit": "24"}, {"limit": "51"}, {"limit": "all"}, {"direction": "up"}, {"cursor": "x" * 65}]
)
def test_what_is_no_page_is_refused(call: Call, path: str, ada: Person, query: dict[str, str]) -> None:
    assert call("GET", path, token=ada.access_token, query=query).problem == "validation"


def test_the_cursor_of_another_chat_is_refused(call: Call, path: str, ada: Person) -> None:
    call("POST", path, {"client_id": "c", "content": "x"}, token=ada.access_token)
    cursor = call("GET", path, token=ada.access_token).body["later_cursor"]
    other = f"/v1/chats/{chat_of(ada.id)}/messages"
    answer = call("GET", other, token=ada.access_token, query={"cursor": cursor})
    assert (answer.status, answer.problem) == (400, "invalid_cursor")


def test_an_id_that_is_none_is_refused(call: Call, ada: Person) -> None:
    assert call("GET", "/v1/chats/abc/messages", token=ada.access_token).problem == "validation"
