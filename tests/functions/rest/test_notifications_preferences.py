"""How one wants to be told: read, change, and the one click in a letter."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convoke.backends.postgres import System, transaction
from convoke.notifications import actions
from tests.conftest import Person, Product
from tests.gateway import Answer

PATH = "/v1/me/notification-preferences"
ONE_CLICK = "/v1/notifications/unsubscribe"
Call = Callable[..., Answer]
SignUp = Callable[..., Person]


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


def _token(person: Person, kind: str = "invitation", *, at: datetime | None = None) -> str:
    header = actions.unsubscribe_headers(person.id, kind, at or datetime.now(UTC))["List-Unsubscribe"]
    assert header.startswith(f"<https://convoke.test{ONE_CLICK}?token=")
    return header.removesuffix(">").partition("token=")[2]


def test_at_first_everything_comes_as_usual(ada: Person, call: Call) -> None:
    answer = call("GET", PATH, token=ada.access_token)
    assert answer.status == 200
    assert answer.body["channels"]["invitation"] == {"in_app": True, "email": True, "push": True}
    assert answer.body["channels"]["incoming_call"] == {"in_app": False, "email": False, "push": True}
    assert answer.body["possible"]["incoming_call"] == ["push"]
    assert (answer.body["quiet_hours"], answer.body["timezone"]) == (None, "UTC")


def test_what_is_said_is_kept_as_a_whole(ada: Person, call: Call) -> None:
    call("PATCH", "/v1/me", {"timezone": "Europe/Berlin"}, token=ada.access_token)
    wish: dict[str, Any] = {
        "channels": {"invitation": {"in_app": True, "email": False, "push": False}},
        "quiet_hours": {"start": "22:00", "end": "07:00"},
    }
    changed = call("PUT", PATH, wish, token=ada.access_token)
    assert changed.status == 200
    assert changed.body["channels"]["invitation"] == wish["channels"]["invitation"]
    assert changed.body["quiet_hours"] == wish["quiet_hours"]
    assert changed.body["timezone"] == "Europe/Berlin"
    assert call("GET", PATH, token=ada.access_token).body == changed.body
    # Said anew without it: as usual again, and never quiet.
    anew = call("PUT", PATH, {}, token=ada.access_token).body
    assert anew["channels"]["invitation"]["email"] is True
    assert anew["quiet_hours"] is None


def test_a_change_is_in_the_audit_log(ada: Person, call: Call, product: Product) -> None:
    call("PUT", PATH, {}, token=ada.access_token)
    [row] = product.rows(
        "SELECT action FROM audit_logs WHERE actor_user_id = %s AND action LIKE '%%preferences'", ada.id
    )
    assert row["action"] == "update_notification_preferences"


@pytest.mark.parametrize(
    "body",
    [
        {"channels": {"no_such_type": {"in_app": True, "email": True, "push": True}}},
        {"channels": {"system": {"in_app": True}}},
        {"channels": {"system": {"in_app": "perhaps", "email": True, "push": True}}},
        {"channels": []},
        {"quiet_hours": {"start": "22:00", "end": "22:00"}},
        {"quiet_hours": {"start": "25:00", "end": "07:00"}},
        {"quiet_hours": {"start": 22, "end": 7}},
        {"quiet_hours": "night"},
        {"other": 1},
    ],
)
def test_what_is_no_wish_is_refused(body: dict[str, Any], ada: Person, call: Call) -> None:
    assert call("PUT", PATH, body, token=ada.access_token).problem == "validation"


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_nobody_has_no_wishes(method: str, call: Call) -> None:
    assert call(method, PATH, {} if method == "PUT" else None).status == 401


def test_one_click_ends_letters_of_that_kind_and_of_no_other(ada: Person, call: Call) -> None:
    # As RFC 8058 section 3.1 has it: a form, no cookies, nobody signed in.
    answer = call(
        "POST",
        ONE_CLICK,
        raw="List-Unsubscribe=One-Click",
        headers={"content-type": "application/x-www-form-urlencoded"},
        query={"token": _token(ada)},
    )
    assert (answer.status, answer.body) == (200, {"type": "invitation", "email": False})
    wishes = call("GET", PATH, token=ada.access_token).body["channels"]
    assert wishes["invitation"] == {"in_app": True, "email": False, "push": True}
    assert wishes["system"]["email"] is True


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        ("multipart/form-data; boundary=x", "--x\r\n\r\nOne-Click\r\n--x--"),
        ("application/json", "{}"),
        ("text/plain", "anything"),
    ],
)
def test_whatever_a_mail_program_sends_is_taken_as_often_as_it_likes(
    content_type: str, raw: str, ada: Person, call: Call
) -> None:
    query = {"token": _token(ada)}
    for _ in range(2):
        answer = call("POST", ONE_CLICK, raw=raw, headers={"content-type": content_type}, query=query)
        assert answer.status == 200
    assert call("POST", ONE_CLICK, query=query).status == 200


def test_a_look_changes_nothing_and_leads_to_the_page_that_asks(ada: Person, call: Call) -> None:
    token = _token(ada)
    answer = call("GET", ONE_CLICK, query={"token": token})
    assert (answer.status, answer.headers["location"]) == (303, f"/unsubscribe?token={token}")
    assert call("GET", PATH, token=ada.access_token).body["channels"]["invitation"]["email"] is True


def test_other_wishes_survive_the_click(ada: Person, call: Call) -> None:
    wish = {
        "channels": {"invitation": {"in_app": False, "email": True, "push": False}},
        "quiet_hours": {"start": "22:00", "end": "07:00"},
    }
    call("PUT", PATH, wish, token=ada.access_token)
    assert call("POST", ONE_CLICK, query={"token": _token(ada)}).status == 200
    kept = call("GET", PATH, token=ada.access_token).body
    assert kept["channels"]["invitation"] == {"in_app": False, "email": False, "push": False}
    assert kept["quiet_hours"] == wish["quiet_hours"]


def test_a_token_of_another_kind_or_age_ends_nothing(ada: Person, call: Call) -> None:
    tokens = [
        "",
        "x",
        ada.access_token,
        _token(ada)[:-10] + "A" * 10,
        _token(ada, at=datetime.now(UTC) - timedelta(days=91)),
    ]
    for token in tokens:
        assert call("POST", ONE_CLICK, query={"token": token}).status == 401, token
    assert call("POST", ONE_CLICK).status == 422
    assert call("POST", ONE_CLICK, query={"token": "x" * 2001}).status == 422


def test_a_letters_token_opens_nothing_else(ada: Person, call: Call) -> None:
    assert call("GET", "/v1/me", token=_token(ada)).problem == "bad_token"


def test_a_noun_with_letters_of_its_own_asks_who_wants_them(ada: Person, sign_up: SignUp, call: Call) -> None:
    bob = sign_up("Bob")
    call("POST", ONE_CLICK, query={"token": _token(bob)})
    with transaction(System()) as conn:
        both = [ada.id, bob.id]
        assert actions.wanting(conn, both, "invitation", "email") == {ada.id}
        assert actions.wanting(conn, both, "invitation", "push") == {*both}
        assert actions.wanting(conn, both, "incoming_call", "email") == frozenset()
        assert actions.wanting(conn, both, "missed_call", "email") == frozenset()
