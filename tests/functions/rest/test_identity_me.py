"""GET and PATCH /v1/me."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def test_without_a_token_there_is_a_challenge(call: Call) -> None:
    for method, body in (("GET", None), ("PATCH", {"bio": "x"})):
        answer = call(method, "/v1/me", body)
        assert (answer.status, answer.problem) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_only_what_is_sent_is_changed(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    changes = {"timezone": "Europe/Berlin", "language": "de-DE", "bio": "Counts."}
    answer = call("PATCH", "/v1/me", changes, token=person.access_token)
    assert answer.status == 200, answer
    changed = {key for key in answer.body if answer.body[key] != person.user[key]}
    assert changed == {"timezone", "language", "bio", "updated_at"}
    assert call("GET", "/v1/me", token=person.access_token).body == answer.body


def test_null_empties_what_may_be_empty(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    call("PATCH", "/v1/me", {"bio": "x", "username": "ada.l"}, token=person.access_token)
    answer = call("PATCH", "/v1/me", {"bio": None, "username": None}, token=person.access_token)
    assert (answer.body["bio"], answer.body["username"]) == (None, None)


def test_an_empty_change_changes_nothing(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    assert call("PATCH", "/v1/me", {}, token=person.access_token).body == person.user


def test_a_taken_user_name_is_a_conflict(call: Call, sign_up: SignUp) -> None:
    first, second = sign_up("Ada"), sign_up("Grace")
    assert call("PATCH", "/v1/me", {"username": "first"}, token=first.access_token).status == 200
    answer = call("PATCH", "/v1/me", {"username": "first"}, token=second.access_token)
    assert (answer.status, answer.problem) == (409, "username_taken")
    assert call("GET", "/v1/me", token=second.access_token).body == second.user


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("timezone", ""),
        ("timezone", None),
        ("language", "english"),
        ("language", "de_DE"),
        ("display_name", None),
        ("display_name", ""),
        ("bio", "x" * 2001),
        ("username", "a/b"),
        ("email", "new@example.org"),
        ("role", "admin"),
        ("account_type", "enterprise"),
        ("status", "active"),
        ("password_hash", "x"),
    ],
)
def test_what_is_not_valid_or_not_mine_to_change_is_refused(
    field: str, value: Any, call: Call, sign_up: SignUp
) -> None:
    person = sign_up("Ada")
    answer = call("PATCH", "/v1/me", {field: value}, token=person.access_token)
    assert (answer.status, answer.problem) == (422, "validation")
    assert answer.body["errors"][0]["loc"] == ["body", field]


def test_the_change_is_on_record_without_its_content(call: Call, sign_up: SignUp, product: Product) -> None:
    person = sign_up("Ada")
    call("PATCH", "/v1/me", {"bio": "A secret life"}, token=person.access_token)
    [row] = product.rows(
        "SELECT metadata FROM audit_logs WHERE action = 'update' AND target_id = %s", person.id
    )
    assert row["metadata"] == {"fields": ["bio"]}


def test_a_token_of_an_account_that_is_gone_is_refused(call: Call, sign_up: SignUp, product: Product) -> None:
    person = sign_up("Ada")
    product.owner.execute("UPDATE users SET status = 'deleted' WHERE user_id = %s", (person.id,))
    assert call("GET", "/v1/me", token=person.access_token).status == 401
    assert call("PATCH", "/v1/me", {"bio": "x"}, token=person.access_token).status == 401


def test_a_guest_has_no_account(call: Call, product: Product) -> None:
    from convoke.identity import actions  # noqa: PLC0415
    from convoke.ids import new_id  # noqa: PLC0415
    from functions.http import now_utc  # noqa: PLC0415

    token = actions.participant_token(new_id(), new_id(), now_utc())
    assert call("GET", "/v1/me", token=token).problem == "unauthorized"
