"""POST /v1/files, …/complete, DELETE /v1/files/{id} and GET /v1/files/limits."""

from collections.abc import Callable

import pytest

from local.stores import S3
from tests.conftest import Person
from tests.convoke.files.conftest import ask, check, picture
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
WANTED = {"name": "a.png", "size": 5, "content_type": "image/png"}


def test_an_upload_begins_with_a_link_and_is_shown_until_it_is_checked(
    storage: S3, call: Call, sign_up: SignUp
) -> None:
    ada = sign_up()
    body = picture()
    begun = call("POST", "/v1/files", {**WANTED, "size": len(body)}, token=ada.access_token)
    assert begun.status == 201
    file, upload = begun.body["file"], begun.body["upload"]
    assert (file["status"], file["kind"], file["owner_id"]) == ("pending", "image", ada.id)
    path = f"/v1/files/{file['id']}"
    assert call("POST", f"{path}/complete", {}, token=ada.access_token).problem == "not_uploaded"
    assert ask(upload["method"], upload["url"], body, upload["headers"]).status == 200
    assert call("POST", f"{path}/complete", {}, token=ada.access_token).body["status"] == "checking"
    assert check(file["id"]) == "ready"
    assert call("GET", path, token=ada.access_token).body["status"] == "ready"


@pytest.mark.parametrize(
    ("change", "status", "problem"),
    [
        ({"size": 0}, 422, "validation"),
        ({"size": -1}, 422, "validation"),
        ({"size": 1.5}, 422, "validation"),
        ({"size": 10**30}, 422, "validation"),
        ({"name": ""}, 422, "validation"),
        ({"name": "\u200b\u202e"}, 422, "validation"),
        ({"name": "x" * 256}, 422, "validation"),
        ({"content_type": ""}, 422, "validation"),
        ({"chat_id": "1; DROP TABLE files"}, 422, "validation"),
        ({"chat_id": "01991b6e-5c00-7a10-8000-000000000000"}, 404, "not_found"),
        ({"purpose": "anything"}, 422, "validation"),
        ({"owner_id": "01991b6e-5c00-7a10-8000-000000000000"}, 422, "validation"),
        ({"size": 26 * 1024 * 1024}, 413, "file_too_large"),
        ({"content_type": "text/html"}, 415, "file_type"),
        ({"content_type": "image/svg+xml"}, 415, "file_type"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_the_upload(  # noqa: PLR0917
    change: dict[str, object], status: int, problem: str, storage: S3, call: Call, sign_up: SignUp
) -> None:
    answer = call("POST", "/v1/files", {**WANTED, **change}, token=sign_up().access_token)
    assert (answer.status, answer.problem) == (status, problem)


def test_asked_twice_under_one_key_it_is_one_file(storage: S3, call: Call, sign_up: SignUp) -> None:
    ada = sign_up()
    headers = {"idempotency-key": "one"}
    first, second = (
        call("POST", "/v1/files", WANTED, token=ada.access_token, headers=headers) for _ in range(2)
    )
    assert first.body == second.body


def test_strangers_cannot_upload(storage: S3, call: Call) -> None:
    assert call("POST", "/v1/files", WANTED).status == 401
    assert call("GET", "/v1/files/limits").status == 401


def test_limits_are_told_before(storage: S3, call: Call, sign_up: SignUp) -> None:
    ada = sign_up()
    before = call("GET", "/v1/files/limits", token=ada.access_token).body
    assert before["max_size"] == 25 * 1024 * 1024
    assert "png" in before["content_types"]["image/png"]
    call("POST", "/v1/files", WANTED, token=ada.access_token)
    assert (
        call("GET", "/v1/files/limits", token=ada.access_token).body["daily_left"] == before["daily_left"] - 5
    )


def test_what_was_not_sent_can_be_dropped_by_its_owner(storage: S3, call: Call, sign_up: SignUp) -> None:
    ada, eve = sign_up("Ada"), sign_up("Eve")
    file_id = call("POST", "/v1/files", WANTED, token=ada.access_token).body["file"]["id"]
    path = f"/v1/files/{file_id}"
    assert call("DELETE", path, token=eve.access_token).status == 404
    assert call("DELETE", path, token=ada.access_token).status == 204
    assert call("GET", path, token=ada.access_token).status == 404
    assert call("DELETE", path, token=ada.access_token).status == 404
