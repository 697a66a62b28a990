"""GET /v1/files/{id} and …/content; a file goes by a message to who reads it; pictures of people."""

from collections.abc import Callable
from typing import Any

import pytest

from local.stores import S3
from tests.conftest import Person
from tests.convoke.files.conftest import ask, check, opened, picture
from tests.functions.jobs.test_check_file import told
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def upload(call: Call, who: Person, body: bytes, **more: Any) -> str:
    wanted = {"name": "a.png", "size": len(body), "content_type": "image/png", **more}
    begun = call("POST", "/v1/files", wanted, token=who.access_token).body
    assert ask("PUT", begun["upload"]["url"], body, begun["upload"]["headers"]).status == 200
    file_id: str = begun["file"]["id"]
    return file_id


def a_group(call: Call, ada: Person, *others: Person) -> str:
    body = {"kind": "group", "title": "Us", "user_ids": [other.id for other in others]}
    made = call("POST", "/v1/chats", body, token=ada.access_token)
    assert made.status == 201, made
    return str(made.body["id"])


def send(call: Call, who: Person, chat_id: str, file_ids: list[str], **more: Any) -> Answer:
    body = {"client_id": "c-" + "-".join(file_ids)[:60], "content": "", "file_ids": file_ids, **more}
    return call("POST", f"/v1/chats/{chat_id}/messages", body, token=who.access_token)


def test_a_sent_file_is_had_by_the_members_and_by_nobody_else(
    storage: S3, call: Call, sign_up: SignUp
) -> None:
    ada, bob, eve = sign_up("Ada"), sign_up("Bob"), sign_up("Eve")
    chat_id = a_group(call, ada, bob)
    body = picture((800, 600))
    file_id = upload(call, ada, body)
    assert check(file_id) == "ready"
    sent = send(call, ada, chat_id, [file_id])
    assert sent.status == 201, sent
    [ref] = sent.body["files"]
    assert (sent.body["type"], ref["width"], ref["status"]) == ("image", 800, "ready")
    page = call("GET", f"/v1/chats/{chat_id}/messages", token=bob.access_token).body
    assert [file["id"] for message in page["items"] for file in message["files"]] == [file_id]
    link = call(
        "GET", f"/v1/files/{file_id}/content", token=bob.access_token, query={"redirect": "false"}
    ).body
    assert ask("GET", link["url"]).body == body
    moved = call("GET", f"/v1/files/{file_id}/content", token=bob.access_token)
    assert moved.status == 302
    assert ask("GET", moved.headers["location"]).body == body
    small = call(
        "GET", f"/v1/files/{file_id}/content", token=bob.access_token, query={"variant": "thumbnail"}
    )
    assert opened(ask("GET", small.headers["location"]).body).size == (512, 384)
    for path in (f"/v1/files/{file_id}", f"/v1/files/{file_id}/content"):
        assert call("GET", path, token=eve.access_token).problem == "not_found"
        assert call("GET", path).status == 401


def test_what_is_sent_while_it_is_checked_is_shown_so_and_turns_ready(
    storage: S3, call: Call, sign_up: SignUp
) -> None:
    ada, bob = sign_up("Ada"), sign_up("Bob")
    chat_id = a_group(call, ada, bob)
    file_id = upload(call, ada, picture())
    call("POST", f"/v1/files/{file_id}/complete", {}, token=ada.access_token)
    sent = send(call, ada, chat_id, [file_id]).body
    assert sent["files"][0]["status"] == "checking"
    answer = call("GET", f"/v1/files/{file_id}/content", token=bob.access_token)
    assert (answer.status, answer.problem) == (409, "file_checking")
    assert told(file_id) == []
    changed = call(
        "GET", f"/v1/chats/{chat_id}/changes", token=bob.access_token, query={"after": str(sent["seq"])}
    ).body["items"]
    assert [message["files"][0]["status"] for message in changed] == ["ready"]
    assert call("GET", f"/v1/files/{file_id}/content", token=bob.access_token).status == 302


def test_a_deleted_message_takes_its_files_along(storage: S3, call: Call, sign_up: SignUp) -> None:
    ada, bob = sign_up("Ada"), sign_up("Bob")
    chat_id = a_group(call, ada, bob)
    file_id = upload(call, ada, picture())
    check(file_id)
    message_id = send(call, ada, chat_id, [file_id]).body["id"]
    path = f"/v1/chats/{chat_id}/messages/{message_id}"
    assert call("DELETE", path, token=ada.access_token).status == 200
    for who in (ada, bob):
        assert call("GET", f"/v1/files/{file_id}/content", token=who.access_token).problem == "not_found"


def test_anothers_or_an_unknown_file_cannot_be_sent(storage: S3, call: Call, sign_up: SignUp) -> None:
    ada, eve = sign_up("Ada"), sign_up("Eve")
    chat_id = a_group(call, eve, ada)
    file_id = upload(call, ada, picture())
    check(file_id)
    assert send(call, eve, chat_id, [file_id]).problem == "validation"
    assert send(call, eve, chat_id, ["01991b6e-5c00-7a10-8000-000000000000"]).problem == "validation"
    assert send(call, eve, chat_id, [file_id] * 11).problem == "validation"


@pytest.mark.parametrize("query", [{"variant": "source"}, {"redirect": "perhaps"}])
def test_other_variants_there_are_none(
    query: dict[str, str], storage: S3, call: Call, sign_up: SignUp
) -> None:
    ada = sign_up()
    file_id = upload(call, ada, picture())
    answer = call("GET", f"/v1/files/{file_id}/content", token=ada.access_token, query=query)
    assert answer.problem == "validation"


def test_a_picture_of_oneself_has_a_stable_address_for_who_is_signed_in(
    storage: S3, call: Call, sign_up: SignUp
) -> None:
    ada, bob = sign_up("Ada"), sign_up("Bob")
    assert call("GET", f"/v1/users/{ada.id}/avatar", token=bob.access_token).status == 404
    file_id = upload(call, ada, picture((900, 300)), purpose="avatar")
    body = {"file_id": file_id}
    assert call("PUT", "/v1/me/avatar", body, token=ada.access_token).problem == "validation"
    assert check(file_id) == "ready"
    assert call("PUT", "/v1/me/avatar", body, token=bob.access_token).problem == "validation"
    me = call("PUT", "/v1/me/avatar", body, token=ada.access_token)
    assert me.status == 200, me
    path, _, query = me.body["avatar_url"].partition("?")
    assert path == f"/v1/users/{ada.id}/avatar"
    assert query
    assert call("GET", path).status == 401
    shown = call("GET", path, token=bob.access_token)
    assert opened(ask("GET", shown.headers["location"]).body).size == (256, 256)
    assert call("DELETE", "/v1/me/avatar", token=ada.access_token).status == 204
    assert call("GET", "/v1/me", token=ada.access_token).body["avatar_url"] is None
    assert call("GET", path, token=bob.access_token).status == 404
